"""The compliance feature of the product; its records are still to come."""
