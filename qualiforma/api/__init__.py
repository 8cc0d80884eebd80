"""The HTTP kernel: the only place that knows the wire format."""
