"""The route table's rows of adaptive paths and timelines; `paths_factories.make_path_records` makes what they name."""

from tests.cast import BOB
from tests.qualiforma.training.rows import CHANGED, MADE, READ, records

PATH = {
    "name": "Parcours",
    "targetAudience": "BEGINNER",
    "modules": [{"courseId": "crs_routes", "order": 1, "mandatory": True}],
}
GIVEN = "adaptive-paths/pth_given/assignments"
PATH_ROWS = [
    records("adaptive-path-list", "adaptive-paths", READ, 200),
    records("adaptive-path-list", "adaptive-paths", MADE, 400, method="POST", body=PATH),
    records("adaptive-path-detail", "adaptive-paths/pth_routes", READ, 404),
    records(
        "adaptive-path-detail",
        "adaptive-paths/pth_routes",
        CHANGED,
        404,
        method="PATCH",
        body={"name": "Autre"},
    ),
    records(
        "adaptive-path-detail",
        "adaptive-paths/pth_routes",
        (401, 204, 204, 204, 403, 403),
        404,
        method="DELETE",
    ),
    records(
        "adaptive-path-assignment-list",
        "adaptive-paths/pth_routes/assignments",
        MADE,
        404,
        method="POST",
        body={"userId": BOB.id, "rationale": "Débute sur tableur."},
    ),
    records("adaptive-path-assignment-list", GIVEN, READ, 404),
    records("adaptive-path-assignment-detail", f"{GIVEN}/{BOB.id}", READ, 404),
    # Bob's own; that a learner sees no other is tests/compliance/test_timeline.py's business.
    records(
        "paf-timeline",
        "paf/enrollments/enr_routes/timeline",
        (401, 200, 200, 200, 200, 200),
        404,
    ),
    records("enrollment-file", "enrollments/enr_routes/file", (401, 200, 200, 200, 200, 200), 404),
]
