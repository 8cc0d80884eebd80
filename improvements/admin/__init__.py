"""The register's pages under `/admin/`."""

from improvements.admin import complaints, plans

__all__ = ["complaints", "plans"]
