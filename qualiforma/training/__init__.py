"""Training records: companies, courses, enrollments, sessions and what proves them.

Source: api-compliance, "Training records"; Qualiopi criteria 1 to 3.
"""
