"""The endpoints of what the kernel itself keeps: accounts, the audit trail, organisations, the referential."""
