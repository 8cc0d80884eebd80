"""What stops an export or an erasure, in a sentence for whoever runs the command."""


class PersonalDataError(Exception):
    """Nothing was changed."""
