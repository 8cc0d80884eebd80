"""The route table's rows of needs analyses; `needs_factories.make_needs_records` makes the draft."""

from tests.qualiforma.training.rows import CHANGED, MADE, READ, records

DRAFT = "needs-analysis/nda_routes"
NEEDS = {
    "companyId": "cmp_routes",
    "objectives": ["Maîtriser Excel"],
    "currentLevel": "BEGINNER",
    "targetLevel": "ADVANCED",
    "context": "Mise à jour annuelle",
}
NEEDS_ROWS = [
    records("needs-analysis-list", "needs-analysis", READ, 200),
    records("needs-analysis-list", "needs-analysis", MADE, 400, method="POST", body=NEEDS),
    records("needs-analysis-detail", DRAFT, READ, 404),
    records(
        "needs-analysis-detail", DRAFT, CHANGED, 404, method="PATCH", body={"context": "Autre"}
    ),
    records("needs-analysis-complete", f"{DRAFT}/complete", CHANGED, 404, method="POST"),
]
