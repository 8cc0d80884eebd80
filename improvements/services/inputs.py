"""What services are given, once its shape has been checked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from improvements.states import (
    ActionKind,
    ComplainantRole,
    ComplaintChannel,
    ComplaintKind,
    ResultDirection,
    Trigger,
    Verdict,
)


@dataclass(frozen=True)
class ActionDraft:
    """A corrective action to be added; without `owner` it is the plan's owner's."""

    description: str
    owner: str | None = None
    due_date: date | None = None
    kind: ActionKind = ActionKind.CORRECTIVE
    # Of a record that comes from elsewhere with its id.
    id: str = ""


@dataclass(frozen=True)
class ResultDraft:
    """A result to be expected; with the `id` of a present one, what becomes of it."""

    name: str
    target: Decimal
    direction: ResultDirection
    id: str | None = None
    unit: str = ""
    baseline: Decimal | None = None
    measured_value: Decimal | None = None
    measured_on: date | None = None
    not_measurable_until: date | None = None
    target_reason: str = ""


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
    root_cause: str = ""
    cause_method: str = ""
    expected_results: list[ResultDraft] = field(default_factory=list)
    follows_plan_id: str | None = None
    # Of a record that comes from elsewhere with its id.
    id: str = ""


@dataclass(frozen=True)
class Closure:
    """The closing report. `attachment_s3_key` names a stored file of this plan, or is empty.

    `done` names the actions that are finished by it; `answers` maps the id of a linked complaint to
    what its author was answered, which resolves it.
    """

    summary: str
    outcomes: list[str] = field(default_factory=list)
    attachment_s3_key: str = ""
    effectiveness_due_date: date | None = None
    done: Collection[str] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """What an expected result came to when the effect was looked at."""

    result_id: str
    measured_value: Decimal
    measured_on: date | None = None


@dataclass(frozen=True)
class CheckDraft:
    """What was found of a closed plan's effect; `verified_on` None means today."""

    verdict: Verdict
    method: str
    comment: str = ""
    measures: list[Measure] = field(default_factory=list)
    verified_on: date | None = None
    successor: bool = False
    reason: str = ""


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
    # Of a record that comes from elsewhere with its id.
    id: str = ""
