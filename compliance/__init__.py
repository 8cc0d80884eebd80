"""The compliance feature of the product: needs analyses, adaptive paths, the timeline of a file."""
