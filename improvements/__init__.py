"""Continuous-improvement plans with corrective actions, from complaint to closing report."""
