"""The floor of each operation of `tests.bench.floor`, and what its measurements are made with."""
