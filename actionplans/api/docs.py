"""What the published contract says of each call."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from actionplans.api import examples
from actionplans.api import serializers as wire
from qualiforma.errors import IllegalTransitionError, RuleError

Handler = TypeVar("Handler", bound=Callable[..., Any])
TAGS = ["Action plans"]


def an_id(name: str, description: str, example: str) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        str,
        OpenApiParameter.PATH,
        description=description,
        examples=[OpenApiExample(example, value=example)],
    )


PLAN_ID = an_id("plan_id", "Identifiant du plan", examples.PLAN_ID)
ACTION_ID = an_id("action_id", "Identifiant de l’action", examples.ACTION_ID)
NOTE_ID = an_id("note_id", "Identifiant de la note", examples.NOTE_ID)


def endpoint(
    operation_id: str,
    summary: str,
    description: str,
    answer: tuple[int, Any, str],
    *parameters: Any,
    **more: Any,
) -> Callable[[Handler], Handler]:
    status, body, meaning = answer
    return extend_schema(
        operation_id=operation_id,
        tags=TAGS,
        summary=summary,
        description=description,
        parameters=list(parameters),
        responses={status: OpenApiResponse(body, meaning)},
        **more,
    )


list_plans = endpoint(
    "listActionPlans",
    "Lister les plans d’action",
    "Les plans que l’appelant peut lire, du plus récent au plus ancien, chacun avec ses actions. Un "
    "filtre porte sur les actions ; plusieurs, sur la même. Alors seuls viennent les plans dont une "
    "action convient, `actions` ne garde que celles-là et `total` compte ces plans ; "
    "`completionPercent` compte toujours toutes les actions.",
    (200, wire.ActionPlanOutput(many=True), "Plans, chacun avec ses actions (filtrées)"),
)
create_plan = endpoint(
    "createActionPlan",
    "Créer un plan d’action",
    "Crée un plan vide ; ses actions s’ajoutent ensuite, en nommant le plan.",
    (200, wire.ActionPlanOutput, "Plan créé"),
    request=wire.ActionPlanInput,
)
get_plan = endpoint(
    "getActionPlan",
    "Détail d’un plan d’action",
    "Le plan avec toutes celles de ses actions que l’appelant peut lire.",
    (200, wire.ActionPlanOutput, "Plan trouvé"),
    PLAN_ID,
)
update_plan = endpoint(
    "updateActionPlan",
    "Modifier un plan d’action",
    "Ne change que ce qui est donné ; null ne change rien.",
    (200, wire.ActionPlanOutput, "Plan modifié"),
    PLAN_ID,
    request=wire.ActionPlanChanges,
)
delete_plan = endpoint(
    "deleteActionPlan",
    "Supprimer un plan d’action",
    "Définitif, avec toutes ses actions. Par son créateur ou un ADMIN ; sans créateur connu, par "
    "tout responsable.",
    (204, None, "Plan supprimé"),
    PLAN_ID,
)
export_plan = endpoint(
    "exportActionPlanToExcel",
    "Exporter un plan d’action vers Excel",
    "Prépare un classeur : une feuille de synthèse, puis une feuille par action que l’appelant peut "
    "lire. La réponse est vide ; le fichier arrive par e-mail, sous la forme d’un lien valable 24 "
    "heures.",
    (200, None, "Export demandé ; le fichier est envoyé par e-mail"),
    PLAN_ID,
    request=None,
)
list_actions = endpoint(
    "listActions",
    "Lister les actions",
    "Les actions que l’appelant peut lire, de la plus récente à la plus ancienne.",
    (200, wire.CompanyActionOutput(many=True), "Actions"),
)
create_action = endpoint(
    "createAction",
    "Créer une action",
    "Ajoute une action à un plan que l’appelant peut modifier. Sans `assignees` il en est le "
    "responsable ; sans `visibility`, celle du plan.",
    (200, wire.CompanyActionOutput, "Action créée"),
    request=wire.CompanyActionInput,
)
get_action = endpoint(
    "getAction",
    "Détail d’une action",
    "L’action, ses responsables et où chacun en est.",
    (200, wire.CompanyActionOutput, "Action trouvée"),
    ACTION_ID,
)
update_action = endpoint(
    "updateAction",
    "Modifier une action",
    "Ne change que ce qui est donné ; null ne change rien. Une échéance plus tardive fait revenir "
    "d’EXPIRED à IN_PROGRESS.",
    (200, wire.CompanyActionOutput, "Action modifiée"),
    ACTION_ID,
    request=wire.CompanyActionChanges,
)
delete_action = endpoint(
    "deleteAction",
    "Supprimer une action",
    "Définitif. Par son créateur, celui du plan ou un ADMIN.",
    (204, None, "Action supprimée"),
    ACTION_ID,
)
move_assignee = endpoint(
    "updateActionStatus",
    "Changer l’état d’un responsable",
    "Le sien par défaut ; celui d’un autre : par le créateur de l’action ou du plan, ou un ADMIN. "
    "L’état de l’action suit de ceux de ses responsables.",
    (200, wire.CompanyActionOutput, "Action à jour"),
    ACTION_ID,
    request=wire.MoveInput,
)
list_notes = endpoint(
    "listActionNotes",
    "Lister les notes d’une action",
    "Le journal d’exécution, de la note la plus récente à la plus ancienne.",
    (200, wire.NoteOutput(many=True), "Notes"),
    ACTION_ID,
)
create_note = endpoint(
    "createActionNote",
    "Ajouter une note",
    "Par un responsable de l’action, son créateur, celui du plan ou un ADMIN.",
    (200, wire.NoteOutput, "Note ajoutée"),
    ACTION_ID,
    request=wire.NoteInput,
)
update_note = endpoint(
    "updateActionNote",
    "Modifier une note",
    "Par son auteur ; elle est alors marquée `edited`.",
    (200, wire.NoteOutput, "Note modifiée"),
    ACTION_ID,
    NOTE_ID,
    request=wire.NoteInput,
)
delete_note = endpoint(
    "deleteActionNote",
    "Supprimer une note",
    "Par son auteur.",
    (204, None, "Note supprimée"),
    ACTION_ID,
    NOTE_ID,
)
get_hierarchy = endpoint(
    "getHierarchy",
    "Arbre des périmètres",
    "Les périmètres de premier niveau, chacun avec ceux qu’il contient.",
    (200, wire.AreaOutput(many=True), "Arbre"),
)
list_groups = endpoint(
    "listGroups", "Lister les groupes", "Par nom.", (200, wire.GroupOutput(many=True), "Groupes")
)
list_managers = endpoint(
    "listManagers",
    "Lister les responsables possibles",
    "Les ADMIN et MANAGER actifs, à qui une action peut être confiée, par nom.",
    (200, wire.ManagerOutput(many=True), "Responsables"),
)

MOVE_REFUSALS: tuple[RuleError, ...] = (
    IllegalTransitionError(
        "Une action COMPLETED ne peut pas passer à PENDING. Possible : IN_PROGRESS.",
        current="COMPLETED",
        allowed=["IN_PROGRESS"],
    ),
)
