"""What services are given, once its shape has been checked."""

from dataclasses import dataclass, field
from datetime import date, datetime

from improvements.states import ComplainantRole, ComplaintChannel, ComplaintKind, Trigger


@dataclass(frozen=True)
class ActionDraft:
    """A corrective action to be added; without `owner` it is the plan's owner's."""

    description: str
    owner: str | None = None
    due_date: date | None = None


@dataclass(frozen=True)
class PlanDraft:
    """A plan to be created. `indicators` None means the trigger's default."""

    title: str
    trigger: Trigger
    target_date: date
    owner: str
    description: str = ""
    linked_complaint_ids: list[str] = field(default_factory=list)
    indicators: list[int] | None = None
    actions: list[ActionDraft] = field(default_factory=list)


@dataclass(frozen=True)
class Closure:
    """The closing report. `attachment_s3_key` names a stored file of this plan, or is empty."""

    summary: str
    outcomes: list[str] = field(default_factory=list)
    attachment_s3_key: str = ""


@dataclass(frozen=True)
class ComplaintDraft:
    """A complaint as it came in; `received_at` None means now."""

    subject: str
    channel: ComplaintChannel
    complainant_role: ComplainantRole
    description: str = ""
    kind: ComplaintKind = ComplaintKind.COMPLAINT
    complainant_name: str = ""
    received_at: datetime | None = None
    enrollment_id: str | None = None
    theme_id: str | None = None
    complainant_email: str = ""
