"""The platform's own pages: its staff, whose accounts are in a schema of their own."""

from qualiforma.staff.site import StaffSite

site = StaffSite(name="admin")
