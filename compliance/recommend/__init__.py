"""Recommendations: which courses of the catalogue answer a need, and why."""
