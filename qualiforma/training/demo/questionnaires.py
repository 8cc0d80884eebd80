"""The demo's questionnaires: one before and one after each course that somebody follows."""

from typing import NamedTuple


class Asked(NamedTuple):
    """A questionnaire of the demo; out of 20 where it is a test, of 10 where it is an opinion."""

    id: str
    title: str
    kind: str
    course: str | None = None
    max_score: int = 20


TESTS = {
    "paie": ("la paie", "crs_paie_bases"),
    "mgmt": ("le management d’équipe", "crs_mgmt_equipe"),
    "excel": ("Excel", "crs_excel_init"),
    "sst": ("le secourisme", "crs_sst_init"),
    "form": ("les formules d’Excel", "crs_excel_form"),
    "angl": ("l’anglais professionnel", "crs_angl_pro"),
    "parole": ("la prise de parole", "crs_prise_parole"),
}
QUESTIONNAIRES = (
    *(
        Asked(f"qst_pre_{key}", f"Positionnement avant {about}", "PRE", course)
        for key, (about, course) in TESTS.items()
    ),
    *(
        Asked(f"qst_post_{key}", f"Évaluation des acquis après {about}", "POST", course)
        for key, (about, course) in TESTS.items()
    ),
    Asked("qst_prereq_macro", "Prérequis pour les macros Excel", "PREREQUISITE", "crs_excel_macro"),
    Asked("qst_satisfaction", "Satisfaction des stagiaires, à chaud", "SATISFACTION", None, 10),
    Asked("qst_satisfaction_cmp", "Satisfaction des entreprises", "SATISFACTION", None, 10),
)
