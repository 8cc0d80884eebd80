"""Demo data: needs analyses, adaptive paths and evidence of two organisations."""
