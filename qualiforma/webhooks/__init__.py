"""Webhooks by the Standard Webhooks specification: changes are sent to other programs.

Events come from the audit trail (`qualiforma.webhooks.events`), in the transaction of the change;
a job sends them after its commit (`qualiforma.webhooks.sending`).
"""
