"""Somebody whom an organisation names in every way that it can."""

import io
from datetime import UTC, date, datetime, timedelta

import openpyxl
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.utils import timezone

from compliance.models import Evidence, EvidenceVersion, NeedsAnalysis
from improvements.models import ClosingReport, Complaint, ImprovementPlan, PlanAttachment
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import RefreshFamily
from qualiforma.accounts.roles import Role
from qualiforma.accounts.services import change_user, create_user
from qualiforma.audit import action
from qualiforma.exports.models import FileExport
from qualiforma.files import tenant_folder
from qualiforma.idempotency.models import KeptAnswer
from qualiforma.mail.folder import FolderBackend
from qualiforma.training.importing.models import ImportStatus, RecordImport
from qualiforma.training.models import (
    Certificate,
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Submission,
)
from qualiforma.uploads import digest_of
from tests.cast import PASSWORD
from tests.files import zipped

NAME, FORMER = "Zélie Quintrebert", "Zélie Morvandel"
ADDRESS, FIRST_ADDRESS = "zelie.quintrebert@exemple.fr", "z.morvandel@exemple.fr"
# What nothing may hold afterwards, in any writing.
WORDS = ("quintrebert", "morvandel")
LONG_AGO = datetime(2015, 3, 2, 9, tzinfo=UTC)


def people(ended):
    """An ADMIN, the learner under both of her names, and her training that ended then."""
    admin = create_user(
        email="admin@oubli.fr", name="Ada Ministre", role=Role.ADMIN, password=PASSWORD
    )
    her = create_user(email=FIRST_ADDRESS, name=FORMER, role=Role.LEARNER, password=PASSWORD)
    actor = Actor.of(admin)
    change_user(user=her, changes={"name": NAME, "email": ADDRESS}, actor=actor)
    her.refresh_from_db()
    course = Course.objects.create(title="Tableur", level="BEGINNER", duration_hours=7)
    enrollment = Enrollment.objects.create(
        course=course,
        user=her,
        company=Company.objects.create(name="Dupré SA", contact_email=ADDRESS),
        status="COMPLETED",
        enrolled_at=ended - timedelta(days=9),
        completed_at=ended,
    )
    type(her).objects.filter(pk=her.pk).update(created_at=ended - timedelta(days=9))
    return admin, her, enrollment


def records(admin, enrollment):
    """Records that name her in their texts, some of them frozen."""
    quiz = Questionnaire.objects.create(title="Bilan", kind="POST", max_score=20)
    answers = {"avis": f"Moi, {NAME.upper()}, je suis contente"}
    Submission.objects.create(
        questionnaire=quiz,
        enrollment=enrollment,
        respondent_role="LEARNER",
        max_score=20,
        answers=answers,
    )
    Certificate.objects.create(enrollment=enrollment, issued_by=admin)
    NeedsAnalysis.objects.create(
        company=enrollment.company,
        enrollment=enrollment,
        objectives=["Que Mme Quintrebert sache trier"],
        current_level="BEGINNER",
        target_level="ADVANCED",
        context=f"{NAME} débute",
        accessibility_needs="Malentendante",
        status="COMPLETED",
        created_at=enrollment.completed_at,
        completed_at=enrollment.completed_at,
    )
    Complaint.objects.create(
        subject="Salle froide",
        description=f"Selon Quintrebert, Zélie ({ADDRESS}), on gelait.",
        channel="EMAIL",
        complainant_name="Zelie Quintrebert",
        complainant_role="LEARNER",
        complainant_email=ADDRESS,
        received_at=enrollment.completed_at,
        resolved_at=enrollment.completed_at,
        status="RESOLVED",
        resolution="Chauffage réparé",
        enrollment=enrollment,
    )


def traces(her):
    """A session, and an answer that is kept for a retry."""
    RefreshFamily.objects.create(user=her, token_generation=1)
    KeptAnswer.objects.create(
        id="k" * 64, body_digest="d" * 64, status=201, content=f'{{"name": "{NAME}"}}'
    )


def stored(folder, name, content):
    key = default_storage.save(tenant_folder(folder) + name, ContentFile(content))
    return {"key": key, "size": len(content), "sha256": digest_of(io.BytesIO(content))}


def workbook(text):
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.create_sheet().append([text])
    book.save(target)
    return target.getvalue()


def evidence(admin, enrollment):
    """A piece of evidence about her training, with a file that names her."""
    sheet_of_her = Evidence.objects.create(
        title=f"Feuille de {NAME}",
        kind="RECORD",
        indicators=[11],
        document_date=date(2015, 3, 2),
        valid_from=date(2015, 3, 2),
        owner=admin,
        record_type="ENROLLMENT",
        record_id=enrollment.pk,
    )
    sheet = stored("evidence/one", "evv_0123456789abcdef01234567", workbook(NAME))
    EvidenceVersion.objects.create(
        evidence=sheet_of_her,
        number=1,
        name="quintrebert.xlsx",
        content_type="x",
        uploaded_by=admin,
        **sheet,
    )


def frozen(admin):
    """A closed plan whose report, attachment and snapshot name her."""
    plan = ImprovementPlan.objects.create(
        title="Chauffage",
        trigger="COMPLAINT",
        owner=admin,
        target_date=date(2015, 6, 1),
        status="IN_PROGRESS",
    )
    named = stored(
        "improvements/one",
        "att_0123456789abcdef01234567-zelie-quintrebert.docx",
        zipped("word/document.xml"),
    )
    PlanAttachment.objects.create(
        plan=plan, name="a.docx", content_type="x", uploaded_by=admin, **named
    )
    ClosingReport.objects.create(
        plan=plan,
        summary=f"{FORMER} a été remboursée",
        outcomes=["Fait"],
        snapshot={"complaints": [{"name": NAME}]},
    )
    ImprovementPlan.objects.filter(pk=plan.pk).update(
        status="COMPLETED", closed_at=timezone.now(), closed_by=admin
    )


def temporary(admin):
    """An import and an export that are kept for days."""
    upload = stored("imports/one", "upload", f"nom;e-mail\n{NAME};{ADDRESS}\n".encode())
    RecordImport.objects.create(
        kind="users",
        file_name=f"{NAME}.csv",
        upload_key=upload["key"],
        sha256=upload["sha256"],
        status=ImportStatus.DONE,
        shown=[["x", NAME]],
        started_by=admin,
    )
    made = stored("downloads/one", "x.csv", f"{NAME}".encode())
    FileExport.objects.create(
        kind="enrollments",
        title=f"Dossier de {NAME}",
        requested_by=admin,
        role=Role.ADMIN,
        language="fr",
        state="READY",
        file_key=made["key"],
        size=made["size"],
        sha256=made["sha256"],
        made_at=timezone.now(),
    )


def mail():
    """A mail that was kept because there is no server."""
    kept = EmailMessage(
        "Bonjour", f"Bonjour {NAME}", to=[ADDRESS], headers={"Message-ID": "<m1@x>"}
    )
    FolderBackend().send_messages([kept])
    assert list(settings.MAIL_FOLDER.glob("*.eml"))


def make(ended=LONG_AGO):
    """Make all of it; return the ADMIN and her. Without an end: it ended yesterday."""
    ended = ended or timezone.now() - timedelta(days=1)
    admin, her, enrollment = people(ended)
    with action("training.records.imported", actor=Actor.of(her), reason=f"Pour {NAME}"):
        records(admin, enrollment)
        traces(her)
    evidence(admin, enrollment)
    frozen(admin)
    temporary(admin)
    mail()
    return admin, her
