"""Training records and users from and to spreadsheets: XLSX and CSV.

A file is read (`source`), its header found (`table`), each cell understood (`values`, `columns`),
each row handed to the same services as everywhere (`kinds`, `taking`): no rule is written here a
second time. Source: api-compliance, "Training records"; qualiopi, "Audit bundle", Spreadsheets.
"""
