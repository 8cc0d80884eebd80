"""PATCH and DELETE /adaptive-paths/:id: each change is a new version, learners keep theirs."""

import pytest
from django.db import IntegrityError, connection, transaction

from compliance.models import AdaptivePath, PathModule, PathVersion
from tests.cast import BOB
from tests.compliance.paths_factories import make_assignment, make_courses, make_path, path_body

URL = "/api/v1/adaptive-paths"


@pytest.fixture
def path(acme):
    courses = make_courses()
    return make_path([{"course": courses[0]}, {"course": courses[1]}], id="pth_one")


def url(path):
    return f"{URL}/{path.pk}"


def test_each_change_is_a_version(as_alice, path):
    answer = as_alice.patch(url(path), {"name": "Excel, pas à pas", "reason": "Titre trop sec."})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert answer.json()["data"]["name"] == "Excel, pas à pas"
    assert len(answer.json()["data"]["modules"]) == 2
    versions = list(path.versions.order_by("number").values_list("number", "name", "reason"))
    assert versions == [(1, "Parcours Excel", ""), (2, "Excel, pas à pas", "Titre trop sec.")]


def test_modules_are_replaced_whole(as_alice, path):
    modules = path_body("crs_excel_macro", "crs_excel_init")["modules"]
    answer = as_alice.patch(url(path), {"modules": modules}).json()["data"]
    assert [one["courseId"] for one in answer["modules"]] == ["crs_excel_macro", "crs_excel_init"]
    first = PathModule.objects.filter(path=path, version__number=1).order_by("order")
    assert [one.course_id for one in first] == ["crs_excel_init", "crs_excel_form"]


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"name": "Parcours Excel"},
        {"modules": path_body()["modules"][::-1]},
        {"prerequisiteAssessmentId": None},
        {"reason": "Rien ne change."},
    ],
    ids=str,
)
def test_what_changes_nothing_is_no_version(as_alice, path, same):
    assert as_alice.patch(url(path), same)["ETag"] == '"1"'
    assert path.versions.count() == 1


def test_a_refused_change_leaves_everything(as_alice, path):
    modules = path_body("crs_excel_macro", "crs_none")["modules"]
    answer = as_alice.patch(url(path), {"name": "Autre", "modules": modules})
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == ["modules[1].courseId"]
    path.refresh_from_db()
    assert (path.name, path.version, path.versions.count()) == ("Parcours Excel", 1, 1)


def test_learners_keep_the_version_they_were_given(as_alice, path):
    make_assignment(path)
    as_alice.patch(url(path), {"modules": path_body("crs_excel_macro")["modules"]})
    kept = as_alice.get(f"{url(path)}/assignments/{BOB.id}").json()["data"]
    assert kept["version"] == 1
    assert [one["courseId"] for one in kept["modules"]] == ["crs_excel_init", "crs_excel_form"]


def test_a_stale_change_is_refused(as_alice, path):
    stale = as_alice.patch(url(path), {"name": "Autre"}, HTTP_IF_MATCH='"7"')
    assert (stale.status_code, stale.json()["version"]) == (412, 1)


def test_delete_is_soft(as_alice, path):
    assert as_alice.delete(url(path)).status_code == 204
    assert as_alice.get(url(path)).status_code == 404
    assert as_alice.patch(url(path), {"name": "Autre"}).status_code == 404
    assert as_alice.get(URL).json()["meta"]["total"] == 0
    assert AdaptivePath.objects.get(pk=path.pk).deleted_by_id == "usr_alice"


def test_an_assigned_path_is_not_deleted(as_alice, path):
    make_assignment(path)
    answer = as_alice.delete(url(path))
    assert (answer.status_code, answer.json()["code"]) == (409, "PATH_ASSIGNED")
    assert answer.json()["assignments"] == 1
    assert as_alice.get(url(path)).status_code == 200


UNWRITABLE = [
    "UPDATE compliance_pathversion SET name = 'x'",
    "DELETE FROM compliance_pathmodule",
    "UPDATE compliance_pathassignment SET rationale = 'x'",
]


@pytest.mark.parametrize("statement", UNWRITABLE)
def test_the_database_keeps_versions_as_they_are(path, statement):
    make_assignment(path)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        connection.cursor().execute(statement)


def rows(path, *orders):
    version = PathVersion.objects.create(path=path, number=9, name="x", target_audience="EXPERT")
    courses = make_courses(*(f"crs_new{rank}" for rank in orders))
    return [
        PathModule(path=path, version=version, course=course, order=order)
        for course, order in zip(courses, orders, strict=True)
    ]


@pytest.mark.parametrize("orders", [(2,), (1, 3), (2, 3)])
def test_the_database_takes_no_version_with_a_gap(path, orders):
    with pytest.raises(IntegrityError, match="without a gap"), transaction.atomic():
        PathModule.objects.bulk_create(rows(path, *orders))


def test_the_database_takes_no_module_afterwards(path):
    first, second = rows(path, 1, 2)
    first.save(force_insert=True)
    with pytest.raises(IntegrityError, match="not all of them"), transaction.atomic():
        second.save(force_insert=True)


def test_the_database_takes_no_version_of_another_path(path):
    other = make_path()
    with pytest.raises(IntegrityError, match="of_its_versions_path"), transaction.atomic():
        make_assignment(path, version=other.versions.get())
