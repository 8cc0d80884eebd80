"""Erasing a person: a token in place of whatever names them, in rows, trail, files and failed jobs.

Runs as the owner: frozen records give way to nobody else, and here to texts alone. What is found is
looked for before the trail is locked; rows are read again under the lock, and what was written
meanwhile is found by another round.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from qualiforma import audit, pdf
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.audit.erasure import blank
from qualiforma.audit.verify_trail import ERASED
from qualiforma.files import without_name
from qualiforma.mail.folder import remove_mails
from qualiforma.personal_data import finding
from qualiforma.personal_data.audit import PERSON
from qualiforma.personal_data.exceptions import PersonalDataError
from qualiforma.personal_data.people import Person
from qualiforma.personal_data_registry import Hold, PersonalData, holds_of
from qualiforma.personal_data_registry import registered as held
from qualiforma.tenants.context import current_tenant
from qualiforma.uploads import digest_of

# Triggers that keep records as they are; those of the trail stay on throughout.
FROZEN = ("evidence", "frozen")
TEMPORARY = frozenset({"downloads", "exports", "imports"})
ROUNDS = 5
PLACEHOLDER = "Ce fichier a été effacé à la demande d’une personne qu’il nommait."


@dataclass
class Erasure:
    """What was erased, or would be. `holds`: then a law keeps the rest, and says until when."""

    token: str
    rows: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    values: int = 0
    files: list[str] = field(default_factory=list)
    mails: int = 0
    unread: list[str] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)


def erase_person(
    *, person: Person, reason: str, actor: Actor | None = None, is_dry: bool = False
) -> Erasure:
    """Erase a person of the open organisation; with `is_dry` say what would be. Runs as the owner.

    Where a law keeps something of them, only the rest goes now and the account is closed.
    Errors: `PersonalDataError`; then nothing is changed.
    """
    _check(person, reason, actor)
    holds = holds_of(person.user_id) if person.user_id else []
    done = Erasure(person.token, holds=holds)
    files = [] if holds else list(finding.files_naming(person))
    _count(person, done, files)
    if is_dry:
        return done
    if holds:
        with audit.action("personal_data.person.restricted", actor=actor, reason=reason):
            _restrict(person, done)
        return done
    done.rows.clear()
    done.values = 0
    for title in finding.unfinished_of(files):
        raise PersonalDataError(
            f"The import of {title} names the person and is not over: finish it, or wait until it is "
            "forgotten, a week after it began."
        )
    replacements = [_replacement(one) for one in files]
    for _round in range(ROUNDS):
        rows = list(finding.rows_naming(person))
        with audit.action("personal_data.person.erased", actor=actor, reason=reason):
            _erase(person, done, rows, files, replacements)
        files, replacements = [], []
        if not any(finding.rows_naming(person)):
            break
    for name in done.files:
        default_storage.delete(name)
    done.mails = remove_mails(person.is_in)
    return done


def _check(person: Person, reason: str, actor: Actor | None) -> None:
    if not reason.strip():
        raise PersonalDataError("A reason is needed: it stands in the audit trail.")
    if person.is_in(reason, own=True):
        raise PersonalDataError("The reason names the person: it would stay in the audit trail.")
    if actor is not None and actor.id == person.user_id:
        raise PersonalDataError("Nobody erases themselves: another ADMIN does.")
    user = User.objects.filter(pk=person.user_id).first()
    if user is not None and user.is_active and user.role != Role.LEARNER:
        raise PersonalDataError(
            "This account is active and no learner's: deactivate it first, so that what it still does "
            "is known to be over."
        )


def _count(person: Person, done: Erasure, files: list[finding.NamedFile]) -> None:
    """Fill in what would be done."""
    for data in held.values():
        if data.is_deleted:
            count = data.rows_about(person.user_id, person.addresses).count()
            done.deleted.update({data.label: count} if count else {})
    done.unread = [one.key for one in finding.files_to_read(person)]
    if done.holds:
        return
    done.rows = Counter(row.data.label for row in finding.rows_naming(person))
    found = finding.values_naming(person)
    done.values = sum(map(len, found.values()))
    done.files = [one.stored.key for one in files]


def _restrict(person: Person, done: Erasure) -> None:
    """Erase what no law keeps, and close the account."""
    audit.log_event(
        PERSON,
        person.user_id,
        kept=[
            f"{one.what} : {one.retention.label}, {one.until or 'en cours'}" for one in done.holds
        ],
    )
    _delete(person)
    with thawed(data.model for data in held.values() if data.sensitive):
        for data in held.values():
            _blank(data, person, dict.fromkeys(data.sensitive, ""))
    _close_account(person, {})


def _erase(
    person: Person,
    done: Erasure,
    rows: list[finding.NamedRow],
    files: list[finding.NamedFile],
    replacements: list[dict[str, Any]],
) -> None:
    """Erase everything, in one transaction with its entries in the trail."""
    audit.log_event(PERSON, person.user_id, token=person.token)
    _delete(person)
    blanking = [data for data in held.values() if data.blanked or data.sensitive]
    models = {data.model for data in blanking} | {one.data.model for one in rows}
    with thawed(models | {one.rows.model for one in files}):
        for data in blanking:
            _blank(data, person, {**data.blanked, **dict.fromkeys(data.sensitive, "")})
        _close_account(person, {"name": person.name, "email": person.address})
        for row in rows:
            _rename(row, person)
        for named, columns in zip(files, replacements, strict=True):
            named.rows.model._meta.base_manager.filter(pk=named.stored.row_id).update(**columns)
    found = finding.values_naming(person)
    done.rows.update(row.data.label for row in rows)
    done.values += sum(map(len, found.values()))
    with audit.action(ERASED, reason="Effacement d’une personne"):
        blank(found)


def _delete(person: Person) -> None:
    for data in held.values():
        if data.is_deleted:
            data.rows_about(person.user_id, person.addresses).delete()


def _blank(data: PersonalData, person: Person, columns: dict[str, Any]) -> None:
    if columns:
        rows = data.rows_about(person.user_id, person.addresses)
        rows.exclude(**columns).update(**columns)


def _close_account(person: Person, columns: dict[str, Any]) -> None:
    """End every token and link; nobody logs in again."""
    for user in User.objects.select_for_update().filter(pk=person.user_id):
        user.set_unusable_password()
        user.is_active, user.last_login = False, None
        user.token_generation += 1
        user.version += 1
        for name, value in columns.items():
            setattr(user, name, value)
        user.save()


def _rename(row: finding.NamedRow, person: Person) -> None:
    """Put the token into the texts of a row, as it is now."""
    rows = row.data.model._meta.base_manager.filter(pk=row.pk).select_for_update(of=("self",))
    for values in rows.values(*finding.columns_of(row.data)):
        changes = {
            name: _cut(row.data.model, name, new)
            for name, old in values.items()
            if (new := person.replaced(old, own=row.is_own)) != old
        }
        if changes:
            row.data.model._meta.base_manager.filter(pk=row.pk).update(**changes)


@contextmanager
def thawed(models: Iterable[type[Model]]) -> Iterator[None]:
    """Let frozen records of these models be written, in this transaction alone.

    Nobody else writes meanwhile: the trail is locked, and so is each table. Triggers are dropped and
    made again: to enable one, no event may wait, and those that wait on a node cannot be fired.
    """
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, tgname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal "
            "AND relname = ANY(%s) AND tgname = ANY(%s) AND tgenabled <> 'D' ORDER BY relname",
            [tables, list(FROZEN)],
        )
        found = cursor.fetchall()
        quote = connection.ops.quote_name
        for table, trigger, _definition in found:
            cursor.execute(f"DROP TRIGGER {quote(trigger)} ON {quote(table)}")
        yield
        for _table, _trigger, definition in found:
            cursor.execute(definition)  # the server's own words


def _replacement(one: finding.NamedFile) -> dict[str, Any]:
    """Return the columns of a row whose file names the person, and store what it names instead.

    A temporary file is not replaced; one whose key alone names them is kept under another.
    """
    if one.rows.folder in TEMPORARY:
        return {one.rows.key: ""}
    if not one.is_in_content:
        with default_storage.open(one.stored.key) as file:
            ending = one.stored.key.rpartition(".")[2]
            key = f"{without_name(one.stored.key)}-fichier.{ending}"
            return {one.rows.key: default_storage.save(key, file)}
    title = "Fichier effacé"
    document = pdf.Document(title, current_tenant().name, blocks=[pdf.paragraph(PLACEHOLDER)])
    file = ContentFile(pdf.render_pdf(document, made_at=timezone.now()))
    columns = {one.rows.size: file.size, one.rows.sha256: digest_of(file)}
    key = default_storage.save(f"{without_name(one.stored.key)}-fichier-efface.pdf", file)
    present = {field.name for field in one.rows.model._meta.concrete_fields}
    more = {"name": "fichier-efface.pdf", "content_type": "application/pdf"}
    columns |= {name: value for name, value in more.items() if name in present}
    return {name: value for name, value in columns.items() if name} | {one.rows.key: key}


def _cut(model: type[Model], name: str, value: Any) -> Any:
    longest = getattr(model._meta.get_field(name), "max_length", None)
    return value[:longest] if longest and isinstance(value, str) else value
