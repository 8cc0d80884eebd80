"""The register's pages under `/admin/`."""

from improvements.admin import plans

__all__ = ["plans"]
