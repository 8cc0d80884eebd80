"""Write the register of processing: what is held about people, why, and for how long."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.personal_data_registry import Retention, registered

PAGE = settings.BASE_DIR / "docs" / "operating" / "register.md"
HEAD = """# Registre des traitements

Ce que le logiciel conserve sur des personnes, par durée de conservation (RGPD, art. 30). L’organisme de formation est responsable de
traitement, l’hébergeur sous-traitant. À compléter par l’organisme : ses coordonnées, celles de son délégué, les destinataires et les
transferts éventuels. Cette page est écrite par `manage.py document_personal_data`.
"""


class Command(BaseCommand):
    """Exit status 1 with `--check` when the page is not what the code says."""

    help = "Write docs/operating/register.md from what the apps register, or check it with --check."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, compare")

    def handle(self, *args: Any, **options: Any) -> None:
        text = "".join(page())
        if not options["check"]:
            PAGE.write_text(text, encoding="utf-8")
        elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            raise CommandError(f"{PAGE.name} is not current; run document_personal_data.")


def page() -> Iterator[str]:
    """Yield the register. Shape: Markdown, a table per class of retention."""
    yield HEAD
    classes = {one.retention.label: one.retention for one in registered.values()}
    for label in sorted(classes):
        retention = classes[label]
        yield f"\n## {label}\n\nConservation : {_period(retention)} après {retention.since}. "
        yield f"Fondement : {retention.ground}.\n"
        if retention.is_duty:
            yield "Une demande d’effacement attend la fin de cette durée.\n"
        yield "\n| Données | Finalité | Colonnes de texte | Sensibles |\n| --- | --- | --- | --- |\n"
        for one in sorted(registered.values(), key=lambda one: one.label):
            if one.retention is retention:
                texts = ", ".join(f"`{name}`" for name in one.texts() if name not in one.secret)
                sensitive = ", ".join(f"`{name}`" for name in one.sensitive)
                yield f"| {one.label} | {one.purpose} | {texts} | {sensitive} |\n"


def _period(retention: Retention) -> str:
    days = retention.period.days
    if days < 365:
        return f"{days} jours"
    return f"{days // 365} an{'s' if days >= 730 else ''}"
