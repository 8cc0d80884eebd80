"""What the demo's learners have behind them: groups that meet on two days, and how far each got.

Planted gaps, each of which a timeline should show:

| Enrollment | Gap |
| --- | --- |
| enr_excel_pre | finished and certified without a PRE questionnaire |
| enr_excel_late | PRE questionnaire after the first day |
| enr_mgmt_nopost | certified without a POST questionnaire |
| enr_mgmt_unsigned | attended the second day and signed for none of it |
| enr_sst_nocert | completed, never certified |
| enr_sst_half | attended the first day, no afternoon signature |
| enr_paie_order | POST questionnaire before the last day |
| enr_paie_alone | attended and certified, neither PRE nor POST |

`enr_sst_fixed` has a signature that a correction replaces: no gap. No funder ever answered a
satisfaction questionnaire.
"""

from dataclasses import dataclass
from datetime import date, timedelta

ENROLLED_BEFORE = timedelta(days=19)


@dataclass(frozen=True)
class Group:
    """Learners who meet on the same days, nine to five in Paris."""

    key: str
    course: str
    days: tuple[date, date]
    mode: str = "ONSITE"
    trainer: str = "usr_trainer01"
    # Nineteen days before the first one, unless stated.
    enrolled: date | None = None

    @property
    def enrolled_on(self) -> date:
        """The day on which its learners were enrolled."""
        return self.enrolled or self.days[0] - ENROLLED_BEFORE


@dataclass(frozen=True)
class History:
    """One enrollment. `learner` is a rank in `people.LEARNERS`, -1 the demo's own learner.

    `reached`: enrolled, positioned (PRE answered), attending (the first day behind), finished (all
    days and POST), certified; or suspended, revoked. `company` is a rank, -1 for none.
    """

    id: str
    learner: int
    group: str
    reached: str
    company: int = 0
    scores: tuple[int, int] = (11, 16)
    gap: str = ""


GROUPS = {
    one.key: one
    for one in (
        Group("paie", "crs_paie_bases", (date(2025, 11, 17), date(2025, 11, 18))),
        Group("mgmt", "crs_mgmt_equipe", (date(2026, 2, 9), date(2026, 2, 10)), "HYBRID"),
        Group("excel", "crs_excel_init", (date(2026, 4, 20), date(2026, 4, 21))),
        Group("sst", "crs_sst_init", (date(2026, 6, 15), date(2026, 6, 16))),
        Group("form", "crs_excel_form", (date(2026, 10, 12), date(2027, 1, 18))),
        Group("angl", "crs_angl_pro", (date(2026, 11, 5), date(2027, 1, 21)), "REMOTE"),
        Group(
            "parole",
            "crs_prise_parole",
            (date(2027, 2, 1), date(2027, 2, 2)),
            enrolled=date(2026, 10, 26),
        ),
    )
}
# Of one group together, in the order of their certificates.
HISTORIES = (
    History("enr_paie_order", 0, "paie", "certified", 1, (9, 15), "early_post"),
    History("enr_paie_alone", 1, "paie", "certified", -1, (0, 0), "no_questionnaires"),
    History("enr_paie_well", 2, "paie", "certified", 2, (8, 17)),
    History("enr_mgmt_nopost", 3, "mgmt", "certified", 3, (10, 0), "no_post"),
    History("enr_mgmt_unsigned", 4, "mgmt", "certified", 1, (12, 15), "unsigned"),
    History("enr_mgmt_well", 5, "mgmt", "certified", 0, (13, 18)),
    History("enr_abc123", -1, "excel", "certified", 0, (12, 17)),
    History("enr_excel_pre", 6, "excel", "certified", 0, (0, 14), "no_pre"),
    History("enr_excel_late", 7, "excel", "certified", 2, (11, 15), "late_pre"),
    History("enr_excel_absent", 8, "excel", "suspended", 4, (6, 0)),
    History("enr_sst_nocert", 9, "sst", "finished", 2, (10, 16)),
    History("enr_sst_half", 10, "sst", "certified", 3, (9, 15), "half_signed"),
    History("enr_sst_fixed", 11, "sst", "certified", 3, (14, 19), "corrected"),
    History("enr_sst_gone", 12, "sst", "revoked", -1),
    History("enr_xyz789", 13, "form", "attending", 0, (13, 0)),
    History("enr_form_next", -1, "form", "attending", 0, (15, 0)),
    History("enr_form_slow", 6, "form", "attending", 0, (9, 0)),
    History("enr_angl_one", 14, "angl", "attending", 1, (12, 0)),
    History("enr_angl_two", 15, "angl", "attending", -1, (7, 0)),
    History("enr_angl_three", 16, "angl", "positioned", 2, (10, 0)),
    History("enr_parole_one", 17, "parole", "positioned", 4, (11, 0)),
    History("enr_parole_two", 18, "parole", "enrolled", 3),
    History("enr_parole_three", 19, "parole", "enrolled", -1),
    History("enr_parole_four", 5, "parole", "enrolled", 0),
)
