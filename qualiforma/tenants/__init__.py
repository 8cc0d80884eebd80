"""Tenants: the shared registration, the middleware that chooses one, and their provisioning."""
