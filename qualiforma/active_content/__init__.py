"""What runs, launches or fetches something when a document is opened: not taken as evidence.

Shape: a finder takes an open file and returns the reason in plain words, None for a harmless file.
"""
