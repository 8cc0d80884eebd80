"""The audit bundle: one archive of what an auditor is shown, which proves itself without a network."""
