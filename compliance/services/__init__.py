"""Every write to compliance records."""

__all__: list[str] = []
