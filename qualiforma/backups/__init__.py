"""Backups of the installation, and organisations as files: written, verified, restored, moved."""
