"""What headings mean by what people of an organisation have said of earlier files."""

from collections.abc import Mapping

from qualiforma.training.importing.kinds import Kind
from qualiforma.training.importing.models import HEADING_MAX, HeadingMapping
from qualiforma.training.importing.values import fold


def known_headings(kind: Kind) -> dict[str, str]:
    """Return folded heading to the name of a column, empty for one that is ignored."""
    rows = HeadingMapping.objects.filter(kind=kind.name)
    return dict(rows.values_list("heading", "column"))


def remember_headings(kind: Kind, meanings: Mapping[str, str]) -> None:
    """Keep what headings mean, by what stands in the file, for this one and files to come.

    Unknown columns are left out. Cost: one statement.
    """
    names = {one.name for one in kind.columns if not one.only_shown} | {""}
    rows = {
        fold(title)[:HEADING_MAX]: HeadingMapping(
            kind=kind.name,
            heading=fold(title)[:HEADING_MAX],
            title=title[:HEADING_MAX],
            column=column,
        )
        for title, column in meanings.items()
        if fold(title) and column in names
    }
    HeadingMapping.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["kind", "heading"],
        update_fields=["title", "column"],
    )
