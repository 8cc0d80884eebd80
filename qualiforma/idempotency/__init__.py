"""Safe retries: the first successful answer of a keyed POST is kept and given again."""
