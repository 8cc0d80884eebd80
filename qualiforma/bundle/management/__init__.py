"""Commands that write and check audit bundles."""
