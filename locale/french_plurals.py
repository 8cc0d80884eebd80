"""Enter our own plurals in the French catalogue: French is their source, and it counts 0 as one.

Without an entry Python would take English's rule, and say "0 preuves". Run by `make messages`.
"""

from pathlib import Path

from babel.messages.pofile import normalize, read_po

HERE = Path(__file__).parent
FRENCH = HERE / "fr/LC_MESSAGES/django.po"


def main() -> None:
    """Append what is missing."""
    with (HERE / "django.pot").open("rb") as file:
        ours = {tuple(one.id) for one in read_po(file) if one.pluralizable}
    with FRENCH.open("rb") as file:
        there = {tuple(one.id) for one in read_po(file) if one.pluralizable}
    with FRENCH.open("a", encoding="utf-8") as file:
        for one, several in sorted(ours - there):
            is_format = "%(" in one or "%d" in one or "%s" in one
            file.write(
                ("\n#, python-format" if is_format else "")
                + f"\nmsgid {normalize(one)}\nmsgid_plural {normalize(several)}\n"
                + f"msgstr[0] {normalize(one)}\nmsgstr[1] {normalize(several)}\n"
            )


if __name__ == "__main__":
    main()
