"""The Excel export of a plan: its record, its workbook.

Source: public API, POST /company/action-plans/{planId}/excel; api-action-plans, "Excel export".
"""
