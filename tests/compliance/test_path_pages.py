"""Paths and training files under `/admin/`: what is shown to whom, every write through the services."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse

from compliance.models import AdaptivePath, PathAssignment
from qualiforma.accounts.models import User
from qualiforma.tenants.context import tenant_context
from qualiforma.timeline import sources
from tests.admin_client import text_of
from tests.cast import BOB, MONA, TOM, TWIN
from tests.compliance.paths_factories import make_assignment, make_courses, make_path
from tests.pages import form_of
from tests.qualiforma.training.factories import (
    MORNING,
    make_attendance,
    make_enrollment,
    make_questionnaire,
    make_session,
    make_submission,
)

LIST = "/admin/compliance/adaptivepath/"


def page_of(path):
    return f"{LIST}{quote(path.pk)}/change/"


def file_of(enrollment):
    return f"/admin/training/enrollment/{quote(enrollment.pk)}/timeline/"


@pytest.fixture
def path(acme):
    init, form, macro = make_courses()
    return make_path([{"course": init}, {"course": form}, {"course": macro}], id="pth_one")


def row(rank, course, order, **more):
    values = {"course_id": course, "order": order, "unlock_condition": "COMPLETION"} | more
    return {f"modules-{rank}-{name}": value for name, value in values.items()}


def form(*rows, initial=0, **overrides):
    values = {"name": "Parcours Excel", "target_audience": "BEGINNER"} | overrides
    count = {"modules-TOTAL_FORMS": len(rows), "modules-INITIAL_FORMS": initial}
    return values | count | {name: value for one in rows for name, value in one.items()}


def current(path):
    return path.modules.filter(version__number=path.version).order_by("order")


def saved(path, *changes, **overrides):
    """The form of a path's page: its rows, each with what was changed of it."""
    rows = [
        row(rank, one.course_id, one.order, id=one.pk, path=path.pk, mandatory="on") | change
        for (rank, one), change in zip(enumerate(current(path)), changes, strict=True)
    ]
    return form(*rows, initial=len(rows), expected_version=path.version, **overrides)


def courses_of(path):
    path.refresh_from_db()
    return [one.course_id.removeprefix("crs_excel_") for one in current(path)]


def test_the_list_shows_modules_learners_and_version(admin_client, path):
    make_assignment(path)
    text = text_of(admin_client.get(LIST))
    assert "Parcours Excel Débutant 3 1 1" in text


def test_a_path_is_created_with_its_modules_in_the_order_of_their_numbers(admin_client, acme):
    make_courses()
    rows = (row(0, "crs_excel_form", 5), row(1, "crs_excel_init", 2, mandatory="on"), row(2, "", 3))
    answer = admin_client.send(f"{LIST}add/", form(*rows))
    assert answer.status_code == 302, text_of(answer)
    (path,) = AdaptivePath.objects.all()
    assert courses_of(path) == ["init", "form"]
    assert [one.mandatory for one in path.modules.order_by("order")] == [True, False]


def test_moving_a_module_is_a_version_with_its_reason(admin_client, path):
    moved = ({"modules-0-order": 3}, {"modules-1-order": 1}, {"modules-2-order": 2})
    answer = admin_client.send(page_of(path), saved(path, *moved, reason="Les formules d’abord."))
    assert answer.status_code == 302, text_of(answer)
    assert courses_of(path) == ["form", "macro", "init"]
    assert path.versions.get(number=2).reason == "Les formules d’abord."


def test_a_module_taken_out_leaves_no_gap(admin_client, path):
    answer = admin_client.send(page_of(path), saved(path, {}, {"modules-1-DELETE": "on"}, {}))
    assert answer.status_code == 302, text_of(answer)
    assert courses_of(path) == ["init", "macro"]


def test_saving_what_is_there_is_no_version(admin_client, path):
    assert admin_client.send(page_of(path), saved(path, {}, {}, {})).status_code == 302
    path.refresh_from_db()
    assert path.version == 1


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"modules-1-course_id": "crs_excel_init"}, 400, "est déjà dans ce parcours"),
        ({"expected_version": 7}, 412, "Cette fiche a été modifiée depuis que vous l’avez ouverte"),
        (dict.fromkeys(["modules-0-DELETE", "modules-1-DELETE", "modules-2-DELETE"], "on"), 400,
         "Un parcours doit avoir au moins un module."),
    ],
    ids=["twice", "stale", "none"],
)  # fmt: skip
def test_a_refusal_is_shown_and_nothing_kept(admin_client, path, changes, status, said):
    answer = admin_client.send(page_of(path), saved(path, {}, {}, {}) | changes)
    assert answer.status_code == status
    assert said in text_of(answer)
    assert courses_of(path) == ["init", "form", "macro"]


def test_path_length_is_limited_in_the_admin_as_by_the_api(admin_client, acme):
    courses = make_courses(*(f"crs_{rank}" for rank in range(51)))
    rows = [row(rank, one.pk, rank + 1) for rank, one in enumerate(courses)]
    answer = admin_client.send(f"{LIST}add/", form(*rows))
    assert (answer.status_code, "50 modules au maximum" in text_of(answer)) == (400, True)
    assert not AdaptivePath.objects.exists()


def test_an_older_page_does_not_overwrite_a_newer_version(admin_client, path):
    older = saved(path, {}, {}, {}, name="La mienne")
    assert (
        admin_client.send(page_of(path), saved(path, {}, {}, {}, name="La leur")).status_code == 302
    )
    answer = admin_client.send(page_of(path), older)
    assert (answer.status_code, "a été modifiée depuis" in text_of(answer)) == (412, True)
    path.refresh_from_db()
    assert (path.name, path.version) == ("La leur", 2)


def test_what_was_typed_meets_the_modules_of_the_newer_version(admin_client, path):
    mine = form_of(admin_client.get(page_of(path)))
    theirs = saved(path, {}, {}, {"modules-2-mandatory": ""}, name="La leur")
    assert admin_client.send(page_of(path), theirs).status_code == 302
    mine |= {"description": ["Ma description"], "touched": ["description"]}
    answer = admin_client.send(page_of(path), mine)
    assert answer.status_code == 412
    assert admin_client.send(page_of(path), form_of(answer)).status_code == 302
    path.refresh_from_db()
    assert (path.name, path.description, path.version) == ("La leur", "Ma description", 3)
    assert courses_of(path) == ["init", "form", "macro"]


def test_a_path_is_given_with_a_reason(admin_client, path):
    page = f"{LIST}{quote(path.pk)}/assign/"
    assert admin_client.send(page, {"user_id": BOB.id}).status_code == 400  # asks for the reason
    body = {"user_id": BOB.id, "rationale": "Débute sur tableur."}
    assert admin_client.send(page, body).status_code == 302
    assert PathAssignment.objects.get().rationale == "Débute sur tableur."
    shown = text_of(admin_client.get(page_of(path)))
    assert "Bob Roux – version 1" in shown
    assert "Débute sur tableur." in shown
    assert "1. crs_excel_init Ouvert" in shown
    assert "« crs_excel_init » n’est pas encore terminé." in shown
    again = admin_client.send(page, body)
    assert (again.status_code, "déjà affecté" in text_of(again)) == (409, True)


def test_active_staff_can_be_enrolled_and_inactive_users_cannot(admin_client, path):
    """Those who can be chosen are those whom the service takes."""
    User.objects.filter(pk=MONA.id).update(is_active=False)
    page = f"{LIST}{quote(path.pk)}/assign/"
    offered = admin_client.get(page).content.decode()
    assert [f'value="{one.id}"' in offered for one in (BOB, TOM, MONA)] == [True, True, False]
    body = {"rationale": "Reprend une équipe."}
    assert admin_client.send(page, body | {"user_id": TOM.id}).status_code == 302
    assert admin_client.send(page, body | {"user_id": MONA.id}).status_code == 400
    assert [one.user_id for one in PathAssignment.objects.all()] == [TOM.id]


def test_a_path_that_somebody_has_is_not_removed(admin_client, path):
    page = f"{LIST}{quote(path.pk)}/remove/"
    make_assignment(path)
    assert admin_client.send(page).status_code == 409
    assert page not in admin_client.get(page_of(path)).content.decode()


def test_a_path_that_nobody_has_is(admin_client, path):
    page = f"{LIST}{quote(path.pk)}/remove/"
    assert page in admin_client.get(page_of(path)).content.decode()
    assert admin_client.send(page).status_code == 302
    assert admin_client.get(page_of(path)).status_code == 302


def test_the_auditor_reads_and_nothing_more(auditor_client, path):
    make_assignment(path)
    page = auditor_client.get(page_of(path))
    assert "1. crs_excel_init" in text_of(page)
    assert 'name="modules-0-course_id"' not in page.content.decode()
    assert "/assign/" not in page.content.decode()
    for address in (f"{quote(path.pk)}/assign/", f"{quote(path.pk)}/remove/", "add/"):
        assert auditor_client.get(f"{LIST}{address}").status_code == 403
    assert auditor_client.send(page_of(path), saved(path, {}, {}, {})).status_code == 403


def test_a_page_costs_the_same_for_more_of_everything(admin_client, path, count_queries):
    make_assignment(path)
    few = count_queries(lambda: admin_client.get(page_of(path)))
    for user in ("usr_mona", "usr_tom", "usr_audrey"):
        make_assignment(path, user_id=user)
    for name in ("Deux", "Trois"):
        path.refresh_from_db()
        admin_client.send(page_of(path), saved(path, {}, {}, {}, name=name))
    admin_client.get(LIST)  # the messages of the two are read and gone
    assert count_queries(lambda: admin_client.get(page_of(path))) == few


# --- The training file


@pytest.fixture
def enrollment(acme):
    enrollment = make_enrollment(id="enr_one", created_by_id="usr_alice")
    session = make_session(enrollment.course)
    make_attendance(session, enrollment)
    questionnaire = make_questionnaire()
    make_submission(
        questionnaire, enrollment=enrollment, submitted_at=MORNING + timedelta(days=1), score=12
    )
    return enrollment


def test_the_line_shows_events_and_gaps_in_their_places(admin_client, enrollment):
    text = text_of(admin_client.get(file_of(enrollment)))
    line = [
        "Inscription créée par Alice",
        "Manquant Analyse des besoins Aucune analyse",
        "Manquant Information de l’apprenant Rien n’atteste",
        "Session suivie : Jour 1",
        "Manquant Émargement Session suivie sans émargement : Jour 1.",
        "Questionnaire pré-formation rempli (score 12/20)",
        "Dans le désordre Positionnement fait après le début",
    ]
    places = [text.rindex(one) for one in line]
    assert places == sorted(places)
    assert "Ce qu’un auditeur relèverait 4" in text


def test_a_file_without_gaps_says_so(admin_client, acme):
    assert "Rien ne manque à ce stade." in text_of(admin_client.get(file_of(make_enrollment())))


def test_the_enrollments_page_leads_to_its_file(admin_client, enrollment):
    page = admin_client.get(f"/admin/training/enrollment/{quote(enrollment.pk)}/change/")
    assert file_of(enrollment) in page.content.decode()


def test_a_file_is_the_tenants_own_and_the_auditor_reads_it(
    admin_client, auditor_client, enrollment, globex
):
    with tenant_context(globex):
        theirs = make_enrollment(user_id=TWIN.id)
    assert admin_client.get(file_of(theirs)).status_code == 404
    assert auditor_client.get(file_of(enrollment)).status_code == 200


def test_each_event_leads_to_its_record(auditor_client, enrollment):
    page = auditor_client.get(file_of(enrollment)).content.decode()
    links = re.findall(r'href="(/admin/training/(\w+)/[^"]+/change/)"', page)
    assert {kind for _, kind in links} == {"enrollment", "attendance", "submission"}
    for address, _ in links:
        assert auditor_client.get(address).status_code == 200


def test_every_kind_of_event_has_a_page(acme):
    """Found by name: a source that names no page, or one that is gone, breaks the file's."""
    for source in sources.values():
        assert reverse(f"admin:{source.record}_change", args=["x"])
