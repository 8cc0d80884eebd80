"""What was asked of the owner's worker and is not done: shown until it is, or with why it failed."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from qualiforma.errors import RuleError
from qualiforma.jobs import services as jobs
from qualiforma.jobs.queue import OWNER_QUEUE
from qualiforma.tenants.models import Tenant, TenantStatus

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

MOST_SHOWN = 50
LABELS = {
    "tenants.provision": _("Création"),
    "tenants.add_domain": _("Ajout d’un domaine"),
    "tenants.remove_domain": _("Retrait d’un domaine"),
    "tenants.set_primary_domain": _("Domaine principal"),
}
MOVES = {
    TenantStatus.SUSPENDED: _("Suspension"),
    TenantStatus.ACTIVE: _("Réouverture"),
}
STATES = {
    "waiting": _("En attente"),
    "running": _("En cours"),
    "failed": _("En échec"),
    "parked": _("Mise de côté"),
}
BADGES = {"waiting": "info", "running": "warning", "failed": "danger", "parked": "danger"}


@dataclass(frozen=True)
class Request:
    """One request of a change: what was asked, by whom, and its state."""

    number: int
    label: "StrOrPromise"
    subject: str
    state: str
    cause: "StrOrPromise"
    retried_at: datetime | None

    @property
    def state_label(self) -> "StrOrPromise":
        return STATES[self.state]

    @property
    def badge(self) -> str:
        return BADGES[self.state]

    @property
    def has_failed(self) -> bool:
        """Only then is there anything to do for a person."""
        return self.state in {"failed", "parked"}


def open_requests(tenant: Tenant | None = None) -> list[Request]:
    """Return what is asked for and not done, of one tenant or of all. Cost: three queries."""
    queued = jobs.list_jobs(queue=OWNER_QUEUE)
    ids = jobs.ids_of([job.id for job in queued])
    if tenant is not None:
        about = {("name", tenant.pk), ("slug", tenant.slug)}
        queued = [job for job in queued if about & set(ids.get(job.id, {}).items())]
    shown = queued[-MOST_SHOWN:]
    keys = {ids.get(job.id, {}).get("name", "") for job in shown}
    names = dict(Tenant.objects.filter(pk__in=keys).values_list("pk", "name"))
    return [_request(job, ids.get(job.id, {}), names) for job in shown]


def cause_of(error: str) -> "StrOrPromise":
    """Return why a job failed: a rule's title where one refused, else the error as it is kept."""
    kind, _colon, said = error.partition(": ")
    return _titles(RuleError).get(said, error) if kind.endswith(".GiveUpError") else error


def label_of(job: jobs.QueuedJob, ids: dict[str, str]) -> "StrOrPromise":
    """Return what a job does in words, its name where there are none."""
    if job.name == "tenants.set_status":
        return MOVES[TenantStatus(ids["status"])]
    return LABELS.get(job.name, job.name)


def _titles(kind: type[RuleError]) -> dict[str, Any]:
    titles = {kind.code: kind.title}
    for narrower in kind.__subclasses__():
        titles |= _titles(narrower)
    return titles


def _request(job: jobs.QueuedJob, ids: dict[str, str], names: dict[str, str]) -> Request:
    subject = names.get(ids.get("name", ""), ids.get("name", ""))
    detail = ids.get("slug") or ids.get("domain")
    return Request(
        number=job.id,
        label=label_of(job, ids),
        subject=f"{subject} – {detail}" if detail else subject,
        state=job.state,
        cause=cause_of(job.error),
        retried_at=job.due if job.state == "waiting" and job.attempts else None,
    )
