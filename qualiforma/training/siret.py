"""The number of an establishment, as INSEE checks it."""

from stdnum.fr import siret

LENGTH = 14


def is_siret(number: str) -> bool:
    """Say whether these are 14 digits that check; those of La Poste add up to a multiple of five."""
    is_bare = len(number) == LENGTH and number.isascii() and number.isdigit()
    return is_bare and siret.is_valid(number)
