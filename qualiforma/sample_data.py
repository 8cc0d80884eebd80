"""Sample records for a new organisation: loaded on demand, and removed again with nothing else.

Each app registers what it adds. The audit trail is the mark: a sample is a row that was inserted by
the action `onboarding.samples.loaded` and not deleted by `onboarding.samples.removed`.
Nothing else is kept of which rows are samples.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import PROTECT, Exists, ManyToOneRel, Model, QuerySet
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import recorded_models
from qualiforma.errors import ConflictError

LOADED, REMOVED = "onboarding.samples.loaded", "onboarding.samples.removed"
# Of what depends on samples, as much is named.
NAMED_MOST = 3
AnyModel = TypeVar("AnyModel", bound=Model)
Keys = dict[type[Model], set[Any]]


@dataclass(frozen=True)
class Loading:
    """A loading under way: for whom, when, and the rows so far."""

    actor: Actor
    now: datetime
    rows: list[Model] = field(default_factory=list)

    def of(self, model: type[AnyModel]) -> list[AnyModel]:
        """Return the rows of one model, in the order in which they were inserted."""
        return [row for row in self.rows if isinstance(row, model)]


@dataclass(frozen=True)
class Samples:
    """What one app adds. `kinds` are the models that a new organisation has no rows of."""

    rank: int
    kinds: Collection[type[Model]]
    make: Callable[[Loading], Iterator[Model]]
    # Called in the transaction in which samples are removed, before their rows go.
    before_removal: Callable[[Keys], None] | None = None


registered: list[Samples] = []
# Rows that name others by an id alone: called with the ids of samples.
references: list[Callable[[Collection[str]], QuerySet[Any]]] = []


def sample_keys() -> Keys:
    """Return the keys of the samples that are there, by model. Cost: one statement."""
    models = {one.object_type: model for model, one in recorded_models.items()}
    events = AuditEvent.objects.filter(action__in=[LOADED, REMOVED]).order_by("seq")
    found: Keys = {}
    for operation, object_type, key in events.values_list("operation", "object_type", "object_id"):
        keys = found.setdefault(models[object_type], set())
        if operation == "INSERT":
            keys.add(key)
        else:
            keys.discard(key)
    return {model: keys for model, keys in found.items() if keys}


@audit.audited(LOADED)
def load_samples(*, actor: Actor) -> int:
    """Add the samples of every app; return how many records there are now.

    Errors: `ConflictError` where samples are there already, or where the organisation has begun.
    """
    if sample_keys():
        raise ConflictError(_("Les exemples sont déjà là."))
    kinds = [kind for one in registered for kind in one.kinds]
    rows_there = [Exists(kind._meta.base_manager.all()) for kind in kinds]
    if any(User.objects.filter(pk=actor.id).values_list(*rows_there).get()):
        raise ConflictError(
            _(
                "Vous avez déjà saisi des fiches : les exemples s’y mêleraient et fausseraient vos chiffres."
            )
        )
    loading = Loading(actor, timezone.now())
    for one in sorted(registered, key=lambda samples: samples.rank):
        for row in one.make(loading):
            row.save(force_insert=True)
            loading.rows.append(row)
    return len(loading.rows)


@audit.audited(REMOVED)
def remove_samples(*, actor: Actor) -> int:
    """Delete the samples and what was added to them; return how many rows that was.

    Errors: `ConflictError` naming the records of the organisation's own that depend on them, or
    where one of them has become evidence, which the database never deletes.
    """
    keys = sample_keys()
    if not keys:
        raise ConflictError(_("Il n’y a pas d’exemples à retirer."))
    samples = list(keys)
    dependents = _add_parts(keys)
    if dependents:
        names = [f"{row._meta.verbose_name} « {row} »" for row in dependents[:NAMED_MOST]]
        if len(dependents) > NAMED_MOST:
            names.append("…")
        text = _(
            "Les exemples ne peuvent pas être retirés : vos propres fiches s’y rattachent (%s). "
            "Rattachez-les d’abord à autre chose."
        )
        raise ConflictError(text % get_text_list(names, gettext("et")))
    try:
        with transaction.atomic():
            return _delete(keys, samples)
    except IntegrityError as error:
        raise ConflictError(
            _(
                "Les exemples ne peuvent plus être retirés : l’un d’eux porte une preuve qui ne s’efface "
                "pas (émargement, certificat, plan clôturé ou échéance reportée)."
            )
        ) from error


def _add_parts(keys: Keys) -> list[Model]:
    """Add the rows that are part of a sample's history to `keys`; return other rows that refer to one."""
    others: dict[tuple[type[Model], Any], Model] = {}
    waiting = list(keys)
    for model in waiting:
        for foreign_key in _protecting(model):
            owner = foreign_key.model
            rows = owner._meta.base_manager.filter(**{f"{foreign_key.name}__in": keys[model]})
            for row in rows.exclude(pk__in=keys.get(owner, ())):
                recorded = recorded_models.get(owner)
                if recorded and recorded.root == foreign_key.name:
                    if owner not in keys:
                        waiting.append(owner)
                    keys.setdefault(owner, set()).add(row.pk)
                else:
                    others[owner, row.pk] = row
    ids = [str(key) for found in keys.values() for key in found]
    for find in references:
        others |= {(type(row), row.pk): row for row in find(ids)}
    return [row for (model, key), row in others.items() if key not in keys.get(model, ())]


def _protecting(model: type[Model]) -> Iterator[Any]:
    """Yield the foreign keys to a model whose rows keep it from being deleted."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and relation.on_delete is PROTECT:
            yield relation.field


def _delete(keys: Keys, samples: list[type[Model]]) -> int:
    """Delete parts before the samples that they belong to, samples in the reverse of their order."""
    for one in registered:
        if one.before_removal:
            one.before_removal(keys)
    parts = [model for model in keys if model not in samples]
    deleted = 0
    for model in [*reversed(parts), *reversed(samples)]:
        rows, _by_model = model._meta.base_manager.filter(pk__in=keys[model]).delete()
        deleted += rows
    return deleted
