"""What stops an export or an erasure, in a sentence for the person who runs the command."""


class PersonalDataError(Exception):
    """Nothing was changed."""
