"""Work that outlives a request: queued with what caused it, run by a worker, once in effect."""
