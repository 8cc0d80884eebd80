"""What the buttons of a plan do. Which are shown follows from the table of moves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from improvements import services
from improvements.admin.attachments import stored
from improvements.admin.closing import ClosureForm
from improvements.admin.forms import MoveForm, ReasonForm
from improvements.models import ImprovementPlan
from improvements.services.policy import Lack, missing_to_close, missing_to_start
from improvements.states import DELETABLE, PLAN_MOVES, PlanStatus
from qualiforma.accounts.actor import Actor
from qualiforma.errors import IllegalTransitionError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Run = Callable[[ImprovementPlan, Actor, Any], object]


@dataclass(frozen=True)
class Move:
    """A button, the page behind it where it asks for something, and the service it calls."""

    name: str
    label: "StrOrPromise"
    done: "StrOrPromise"
    consequence: "StrOrPromise"
    run: Run
    icon: str
    form: type[MoveForm] = MoveForm
    asks: bool = True  # has a page of its own before it happens
    is_grave: bool = False
    # What the plan lacks for it as it is.
    missing: Callable[[ImprovementPlan], list[Lack]] = lambda _plan: []

    def is_legal(self, plan: ImprovementPlan) -> bool:
        """Say whether this move is legal from the plan's status."""
        return self.name in LEGAL[PlanStatus(plan.status)]


def _start(plan: ImprovementPlan, actor: Actor, _form: Any) -> object:
    return services.change_plan_status(plan=plan, target=PlanStatus.IN_PROGRESS, actor=actor)


def _close(plan: ImprovementPlan, actor: Actor, form: ClosureForm) -> object:
    """One transaction: a file that came with a refused report is not kept."""
    with stored(plan, form.cleaned_data["file"], actor) as key:
        return services.close_plan(
            plan=plan, closure=form.closure(key), actor=actor, file_just_stored=bool(key)
        )


def _archive(plan: ImprovementPlan, actor: Actor, _form: Any) -> object:
    """As the page showed it: a plan under way would be given up unseen."""
    if plan.status == PlanStatus.IN_PROGRESS:
        raise IllegalTransitionError(
            _("Ce plan n’est pas clôturé. Pour y mettre fin, utilisez « Abandonner ».")
        )
    return services.change_plan_status(
        plan=plan, target=PlanStatus.ARCHIVED, actor=actor, expected_versions=(plan.version,)
    )


def _give_up(plan: ImprovementPlan, actor: Actor, form: ReasonForm) -> object:
    """Likewise: one that was closed meanwhile would be archived under the name of a failure."""
    if plan.closed_at:
        raise IllegalTransitionError(
            _("Ce plan est clôturé : vous pouvez l’archiver, pas l’abandonner.")
        )
    return services.change_plan_status(
        plan=plan,
        target=PlanStatus.ARCHIVED,
        actor=actor,
        reason=form.cleaned_data["reason"],
        expected_versions=(plan.version,),
    )


def _delete(plan: ImprovementPlan, actor: Actor, _form: Any) -> object:
    return services.delete_plan(plan=plan, actor=actor)


MOVES = {
    move.name: move
    for move in (
        Move(
            name="start",
            label=_("Démarrer"),
            done=_("Le plan est démarré."),
            consequence=_("Le plan passe en cours ; son déclencheur ne pourra plus changer."),
            run=_start,
            icon="play_arrow",
            asks=False,
            missing=missing_to_start,
        ),
        Move(
            name="close",
            label=_("Clôturer"),
            done=_("Le plan est clôturé."),
            consequence=_("Le plan et ses actions ne changeront plus : ils serviront de preuve."),
            run=_close,
            icon="task_alt",
            form=ClosureForm,
            missing=missing_to_close,
        ),
        Move(
            name="archive",
            label=_("Archiver"),
            done=_("Le plan est archivé."),
            consequence=_(
                "Le plan n’apparaît plus dans les listes courantes ; il reste consultable."
            ),
            run=_archive,
            icon="archive",
            asks=False,
        ),
        Move(
            name="give-up",
            label=_("Abandonner"),
            done=_("Le plan est abandonné."),
            consequence=_(
                "Les actions ouvertes seront annulées. Un plan abandonné ne reprend pas."
            ),
            run=_give_up,
            icon="block",
            form=ReasonForm,
            is_grave=True,
        ),
        Move(
            name="delete",
            label=_("Supprimer le brouillon"),
            done=_("Le brouillon est supprimé."),
            consequence=_("Le brouillon disparaît des listes et des statistiques."),
            run=_delete,
            icon="delete",
            is_grave=True,
        ),
    )
}


def _names_of(status: PlanStatus) -> frozenset[str]:
    """Return the buttons of a status: the table's moves, by the names people know them by."""
    names = {
        PlanStatus.IN_PROGRESS: "start",
        PlanStatus.COMPLETED: "close",
        PlanStatus.ARCHIVED: "archive" if status == PlanStatus.COMPLETED else "give-up",
    }
    moves = {names[target] for target in PLAN_MOVES[status]}
    return frozenset(moves | ({"delete"} if status in DELETABLE else set()))


LEGAL = {status: _names_of(status) for status in PlanStatus}


@dataclass(frozen=True)
class Undo:
    """What undoes a move, and what is said of it. Called with the plan, who asks, and its version."""

    run: Callable[[ImprovementPlan, Actor, tuple[int, ...] | None], object]
    done: "StrOrPromise"


# By the names of the moves: what is closed, archived or abandoned is evidence and stays so.
UNDONE = {
    "start": Undo(
        lambda plan, actor, versions: services.undo_start(
            plan=plan, actor=actor, expected_versions=versions
        ),
        _("Le plan est de nouveau un brouillon."),
    ),
    "delete": Undo(
        lambda plan, actor, _versions: services.restore_plan(plan=plan, actor=actor),
        _("Le brouillon est restauré."),
    ),
}
