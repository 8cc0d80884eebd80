"""The timeline of an enrollment: what each app contributes to it, and the statement it is read by.

An app registers its sources in its module `timeline`; none knows of another. All of them together
are one statement, whatever the number of events. Source: public API, GET
/paf/enrollments/:id/timeline; api-compliance, "PAF timeline".
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.formats import get_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qualiforma.lookups import Text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Event = dict[str, Any]
# The one value of the statement that differs from call to call.
ENROLLMENT = "enrollment"


class EventType(TextChoices):
    """The types of timeline events. Events of the same second are sorted in this order."""

    ENROLLMENT_CREATED = "ENROLLMENT_CREATED", _("Inscription")
    NEEDS_ANALYSIS_COMPLETED = "NEEDS_ANALYSIS_COMPLETED", _("Analyse des besoins")
    PRE_QUESTIONNAIRE_COMPLETED = "PRE_QUESTIONNAIRE_COMPLETED", _("Questionnaire pré-formation")
    INFORMATION_SENT = "INFORMATION_SENT", _("Information de l’apprenant")
    SESSION_ATTENDED = "SESSION_ATTENDED", _("Session suivie")
    EMARGEMENT_SIGNED = "EMARGEMENT_SIGNED", _("Émargement")
    POST_QUESTIONNAIRE_COMPLETED = "POST_QUESTIONNAIRE_COMPLETED", _("Questionnaire post-formation")
    CERTIFICATE_ISSUED = "CERTIFICATE_ISSUED", _("Attestation")
    IMPROVEMENT_PLAN_CREATED = "IMPROVEMENT_PLAN_CREATED", _("Plan d’amélioration")
    EFFECTIVENESS_CHECKED = "EFFECTIVENESS_CHECKED", _("Efficacité vérifiée")

    @property
    def rank(self) -> int:
        """The rank among events of the same second."""
        return list(EventType).index(self)


@dataclass(frozen=True)
class Source:
    """Where the events of one type come from.

    Shape: `select` gives the columns `at`, `key` (ties within a type), `description` and `metadata`
    (json), in this order, of the enrollment `%(enrollment)s`. `texts` are the parameters that it
    names besides, put into the reader's language; `%(decimal_mark)s` is always there.
    """

    type: EventType
    select: str
    texts: Mapping[str, "StrOrPromise"] = field(default_factory=dict)
    # The model whose page in the back-office shows the record, which `metadata` names first.
    record: str = ""
    # Its records have a day and no hour: their instant is its beginning in Paris.
    by_day: bool = False


sources: dict[EventType, Source] = {}


def register(source: Source) -> None:
    """Add a source. One for each type; each parameter is one source's own."""
    others = {name for one in sources.values() for name in one.texts}
    if source.type in sources or others & set(source.texts):
        raise ValueError(f"{source.type}: registered already, or its parameters are.")
    sources[source.type] = source
    _statement.cache_clear()
    _text.cache_clear()


def figure(expression: str) -> str:
    """Return the SQL that writes a number as people do: 12, not 12.00; 12,5 in French."""
    return f"replace(trim_scale({expression})::text, '.', %(decimal_mark)s::text)"


def wire_instant(at: datetime) -> str:
    """Return an instant as events have theirs: UTC, whole seconds, compared as texts."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read_events(enrollment_id: str) -> list[Event]:
    """Return the events of an enrollment, oldest first, as they go over the wire.

    Shape: `date` (UTC, whole seconds), `type`, `description`, `metadata`. Cost: one statement.
    """
    (found,) = _text(get_language() or "").fetch({ENROLLMENT: enrollment_id})
    events: list[Event] = json.loads(found)
    return events


@lru_cache
def _text(_language: str) -> Text:
    """Return the statement with the texts of the language that is active: the enrollment alone is left."""
    values = {"decimal_mark": get_format("DECIMAL_SEPARATOR")}
    for source in sources.values():
        values |= {name: str(text) for name, text in source.texts.items()}
    return Text.of_named(_statement(), values, (ENROLLMENT,))


@lru_cache
def _statement() -> str:
    """Return the one statement. Shape: a JSON array, built where the rows are."""
    return _WHOLE.replace("{events}", "\nUNION ALL\n".join(_part(one) for one in _in_order()))


def _in_order() -> Sequence[Source]:
    return sorted(sources.values(), key=lambda source: source.type.rank)


def _part(source: Source) -> str:
    head = f"SELECT {source.type.rank} AS rank, '{source.type.value}' AS type, one.*"
    return f"{head} FROM ({source.select}) AS one (at, key, description, metadata)"


# By what is shown: within a second it is the order of the types that counts.
_WHOLE = """
SELECT coalesce(json_agg(json_build_object(
    'date', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'type', type, 'description', description, 'metadata', metadata
) ORDER BY date_trunc('second', at), rank, at, key), '[]')::text
FROM ({events}) AS event
"""
