"""The pages of compliance records under `/admin/`."""
