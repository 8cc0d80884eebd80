"""How processes run: threads of a web process, children, probes, the PostgreSQL of demo and tests."""
