"""Training records over HTTP. Source: api-compliance, "Training records"."""
