"""What services are given, once its shape has been checked."""

from dataclasses import dataclass, field
from datetime import date

from actionplans.states import ActionSource, ActionType, FocusType, Visibility


@dataclass(frozen=True)
class PlanDraft:
    """A plan to be created."""

    title: str
    description: str = ""
    visibility: Visibility = Visibility.PRIVATE
    # Of a record that comes from elsewhere with its id.
    id: str = ""


@dataclass(frozen=True)
class Focus:
    """What an action is meant to improve; a SCORE names which."""

    focus_type: FocusType
    focus_id: str = ""
    label: str = ""

    def __str__(self) -> str:
        return self.focus_type.text_of(self.focus_id, self.label)


@dataclass(frozen=True)
class ActionDraft:
    """An action to be added. Without `visibility` the plan's, without `assignees` its creator's."""

    title: str
    description: str = ""
    action_type: ActionType = ActionType.MANAGER
    source: ActionSource = ActionSource.MANUAL
    visibility: Visibility | None = None
    due_date: date | None = None
    focus_items: list[Focus] = field(default_factory=list)
    hierarchy_ids: list[str] = field(default_factory=list)
    group_ids: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    # Of a record that comes from elsewhere with its id.
    id: str = ""
