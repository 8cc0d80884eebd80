"""Action plans as plain Python holds them: what the API is compared with, written from its page."""

from dataclasses import dataclass, field

from actionplans.states import State

ADMIN, MONA, NINA = "usr_alice", "usr_mona", "usr_nina"
USERS = (ADMIN, MONA, NINA)
PENDING, IN_PROGRESS, COMPLETED, EXPIRED, CANCELLED = State
LEGAL = {
    *((PENDING, IN_PROGRESS), (PENDING, COMPLETED), (PENDING, CANCELLED)),
    *((IN_PROGRESS, COMPLETED), (IN_PROGRESS, CANCELLED), (IN_PROGRESS, PENDING)),
    *((EXPIRED, COMPLETED), (EXPIRED, CANCELLED)),
    *((COMPLETED, IN_PROGRESS), (CANCELLED, PENDING)),
}
TERMINAL = {COMPLETED, EXPIRED, CANCELLED}


def aggregate(states: list[State]) -> State:
    """Where an action stands by its assignees, the late ones EXPIRED: the first rule that fits."""
    if all(one == CANCELLED for one in states):
        return CANCELLED
    if all(one in TERMINAL for one in states) and EXPIRED in states:
        return EXPIRED
    if all(one in {COMPLETED, CANCELLED} for one in states):
        return COMPLETED
    if IN_PROGRESS in states or (PENDING in states and TERMINAL & set(states)):
        return IN_PROGRESS
    return PENDING


@dataclass
class Plan:
    id: str
    creator: str | None
    visibility: str
    actions: "list[Action]" = field(default_factory=list)

    def is_seen_by(self, user: str) -> bool:
        return user == ADMIN or self.visibility == "PUBLIC" or self.creator in {user, None}

    def is_changed_by(self, user: str) -> bool:
        return user in {ADMIN, self.creator}

    def is_deleted_by(self, user: str) -> bool:
        return self.creator is None or self.is_changed_by(user)

    @property
    def percent(self) -> int:
        done = [one for one in self.actions if one.status == COMPLETED]
        return len(done) * 100 // len(self.actions) if self.actions else 0


@dataclass
class Action:
    id: str
    plan: Plan
    creator: str
    visibility: str
    is_late: bool
    parts: dict[str, State]

    def state_of(self, user: str) -> State:
        stored = self.parts[user]
        return EXPIRED if self.is_late and stored == IN_PROGRESS else stored

    @property
    def status(self) -> State:
        return aggregate([self.state_of(user) for user in self.parts])

    @property
    def percent(self) -> int:
        done = [one for one in self.parts.values() if one == COMPLETED]
        return len(done) * 100 // len(self.parts)

    def is_seen_by(self, user: str) -> bool:
        is_open = self.visibility == self.plan.visibility == "PUBLIC"
        creators = {self.creator, self.plan.creator}
        return user == ADMIN or is_open or bool({user, None} & creators) or user in self.parts

    def is_changed_by(self, user: str) -> bool:
        return self.plan.is_changed_by(user) or self.creator == user
