"""Demo data: needs analyses and adaptive paths of two organisations."""
