"""What the published contract says of each endpoint: names, texts, bodies, examples, refusals.

Source: public API, improvement plans.
"""

from functools import partial

from improvements.api import effects as wire_effects
from improvements.api import examples
from improvements.api import serializers as wire
from improvements.services.exceptions import (
    CloseRequiredError,
    NotCheckableError,
    NotDeletableError,
    OpenActionsError,
    PlanFrozenError,
    PolicyError,
    TriggerFixedError,
    VerifierIsDoerError,
)
from qualiforma.api.docs import an_id, described
from qualiforma.endpoints.audit.serializers import HistoryOutput
from qualiforma.errors import IllegalTransitionError, RuleError

TAGS = ["Improvements"]


PLAN_ID = an_id("plan_id", "Identifiant du plan", "imp_8f3b21")
ACTION_ID = an_id("action_id", "Identifiant de l’action", "act_002")

endpoint = partial(described, tags=TAGS)


list_plans = endpoint(
    "listImprovementPlans",
    "Lister les plans d’amélioration",
    "Retourne les plans d’amélioration du tenant courant, paginés. Filtrables par statut et par "
    "déclencheur.",
    (200, wire.PlanListItem(many=True), "Plans paginés"),
)
get_plan = endpoint(
    "getImprovementPlan",
    "Détail d’un plan d’amélioration",
    "Retourne le plan complet avec ses actions correctives, le rapport de clôture éventuel et les "
    "réclamations liées.",
    (200, wire.PlanDetail, "Plan trouvé"),
    parameters=[PLAN_ID],
)
create_plan = endpoint(
    "createImprovementPlan",
    "Créer un plan d’amélioration",
    "Crée un nouveau plan d’amélioration continue. Le plan peut être lié à une ou plusieurs "
    "réclamations existantes (critère 6 → 7).",
    (201, wire.PlanDetail, "Plan créé (status DRAFT par défaut)"),
    ("Plan créé", examples.PLAN_CREATED),
    request=wire.PlanInput,
)
update_plan = endpoint(
    "updateImprovementPlan",
    "Mettre à jour un plan",
    "Modifie les métadonnées d’un plan : titre, description, propriétaire, date cible, statut. "
    "Les actions sont gérées séparément.",
    (200, wire.PlanDetail, "Plan mis à jour"),
    ("Plan démarré", examples.PLAN_CHANGED),
    parameters=[PLAN_ID],
    request=wire.PlanChanges,
)
delete_plan = endpoint(
    "deleteImprovementPlan",
    "Supprimer un plan",
    "Soft-delete d’un plan en statut DRAFT. Un plan IN_PROGRESS, COMPLETED ou ARCHIVED ne peut "
    "pas être supprimé (intégrité audit Qualiopi).",
    (204, None, "Plan supprimé"),
    parameters=[PLAN_ID],
)
close_plan = endpoint(
    "closeImprovementPlan",
    "Clôturer un plan avec rapport",
    "Clôture un plan d’amélioration et archive un rapport synthétique. Le plan passe "
    "automatiquement en statut COMPLETED. Toutes les actions doivent être DONE ou CANCELLED.",
    (200, wire.PlanDetail, "Plan clôturé"),
    ("Plan clôturé", examples.PLAN_CLOSED),
    parameters=[PLAN_ID],
    request=wire.ClosureInput,
)
check_effectiveness = endpoint(
    "checkImprovementPlanEffectiveness",
    "Vérifier l’efficacité d’un plan clôturé",
    "Consigne si le plan a eu l’effet attendu ; le plan clôturé ne change pas. Partiel ou inefficace, "
    "le constat demande un plan suivant (successor), qui reprend la cause, les réclamations et les "
    "résultats non atteints, ou le motif de s’en passer.",
    (201, wire_effects.CheckOutput, "Constat enregistré"),
    parameters=[PLAN_ID],
    request=wire_effects.CheckInput,
)
plan_history = endpoint(
    "getImprovementPlanHistory",
    "Historique d’un plan",
    "Ce qui a été fait du plan, de ses actions, de ses liens et de son rapport, du plus récent au "
    "plus ancien : une phrase, puis l’ancienne et la nouvelle valeur de chaque champ.",
    (200, HistoryOutput(many=True), "Entrées paginées"),
    parameters=[PLAN_ID],
)
get_stats = endpoint(
    "getImprovementPlanStats",
    "Statistiques Qualiopi",
    "Agrégats utilisés pour le dossier d’audit Qualiopi : taux de complétion, durée moyenne, "
    "répartition par déclencheur.",
    (200, wire.StatsOutput, "Statistiques calculées"),
    parameters=[wire.StatsQuery],
    filters=False,
)
add_action = endpoint(
    "addCorrectiveAction",
    "Ajouter une action corrective",
    "Ajoute une nouvelle action corrective au plan. L’action est créée en statut TODO.",
    (201, wire.ActionOutput, "Action créée"),
    ("Action créée", examples.ACTION_ADDED),
    parameters=[PLAN_ID],
    request=wire.ActionInput,
)
update_action = endpoint(
    "updateCorrectiveAction",
    "Mettre à jour une action corrective",
    "Met à jour le statut, la date, ou le propriétaire d’une action. Passer status à DONE "
    "renseigne automatiquement completedAt.",
    (200, wire.ActionOutput, "Action mise à jour"),
    ("Action terminée", examples.ACTION_DONE),
    parameters=[PLAN_ID, ACTION_ID],
    request=wire.ActionChanges,
)

FROZEN = PlanFrozenError(current="COMPLETED")
POLICY = PolicyError(
    "Aucune action n’est terminée.",
    missing=[{"code": "NO_DONE_ACTION", "detail": "Aucune action n’est terminée."}],
)
NO_SUCH_MOVE = IllegalTransitionError(
    "Un plan ARCHIVED ne peut pas passer à DRAFT. Possible : aucun changement.",
    current="ARCHIVED",
    allowed=[],
)
PLAN_REFUSALS: dict[str, tuple[RuleError, ...]] = {
    "partial_update": (
        NO_SUCH_MOVE,
        FROZEN,
        TriggerFixedError(),
        CloseRequiredError(
            allowed=["ARCHIVED"], close="/api/v1/improvement-plans/imp_8f3b21/close"
        ),
        POLICY,
    ),
    "check": (NotCheckableError(current="IN_PROGRESS"), VerifierIsDoerError()),
    "destroy": (NotDeletableError(current="IN_PROGRESS", deletable=["DRAFT"]),),
    "close": (
        OpenActionsError("Actions ni terminées ni annulées : act_002.", open_actions=["act_002"]),
        NO_SUCH_MOVE,
        POLICY,
    ),
}
ACTION_REFUSALS: dict[str, tuple[RuleError, ...]] = {
    "create": (FROZEN,),
    "partial_update": (FROZEN, POLICY),
}
