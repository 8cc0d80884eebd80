"""The database backend: django-tenants', whose cost per schema does not grow with their number."""
