"""The number of an establishment, as INSEE checks it."""

LENGTH = 14
# La Poste's thousands of counters could not all have a Luhn key: their digits add up to a multiple
# of five instead. Source: INSEE, SIRENE.
LA_POSTE = "356000000"


def is_siret(number: str) -> bool:
    """Say whether these are 14 digits that check."""
    if len(number) != LENGTH or not (number.isascii() and number.isdigit()):
        return False
    if number.startswith(LA_POSTE) and sum(map(int, number)) % 5 == 0:
        return True
    # Luhn: every second digit from the right counts double, its own digits added up.
    doubled = [int(digit) * (1 + rank % 2) for rank, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
