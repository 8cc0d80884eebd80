"""Evidence, inserted directly."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from compliance.models import Evidence, EvidenceVersion
from qualiforma.exports.models import FileExport
from tests.cast import ALICE, TOM
from tests.files import PDF

URL = "/api/v1/evidence"
SECRET = "Compte rendu du signalement"


def make_evidence(**overrides: Any) -> Evidence:
    """A statement of Alice's for indicator 31 unless told otherwise."""
    values: dict[str, Any] = {
        "title": "Procédure de réclamation",
        "kind": "STATEMENT",
        "indicators": [31],
        "document_date": date(2026, 3, 2),
        "valid_from": date(2026, 3, 2),
        "author": "Claire Martin",
        "description": "Qui répond, et sous quel délai.",
        "owner_id": ALICE.id,
        "created_by_id": ALICE.id,
    }
    return Evidence.objects.create(**values | overrides)


def make_version(evidence: Evidence, **overrides: Any) -> EvidenceVersion:
    """A file of evidence, in the database alone."""
    evidence.file_count += 1
    evidence.save(update_fields=["file_count"])
    values: dict[str, Any] = {
        "number": evidence.file_count,
        "key": f"tenants/acme/evidence/{evidence.pk}/{evidence.file_count}.pdf",
        "name": "signalement.pdf",
        "size": 49,
        "content_type": "application/pdf",
        "sha256": "0" * 64,
        "uploaded_by_id": ALICE.id,
    }
    return evidence.versions.create(**values | overrides)


def evidence_body(**overrides: Any) -> dict[str, Any]:
    """The body of a valid creation."""
    return {
        "title": "Procédure de réclamation",
        "kind": "STATEMENT",
        "indicators": [31],
        "documentDate": "2026-03-02",
        "author": "Claire Martin",
        "description": "Qui répond, et sous quel délai.",
    } | overrides


def make_evidence_records() -> None:
    """What the rows of the route table name: one is Alice's, one is Tom's."""
    make_evidence(id="evd_routes")
    make_evidence(id="evd_toms", owner_id=TOM.id, created_by_id=TOM.id)
    make_bundle_export(id="exp_routes")


def make_bundle_export(**overrides: Any) -> FileExport:
    """A bundle that Alice asked for."""
    options = {
        "from": "2026-01-01",
        "to": "2026-10-31",
        "auditDate": "2026-12-14",
        "enrollments": [],
        "sample": 0,
        "seed": 0,
        "names": False,
        "reason": "",
        "recipient": "Certificateur",
    }
    values = {
        "kind": "audit_bundle",
        "title": "Dossier d’audit",
        "requested_by_id": ALICE.id,
        "role": "ADMIN",
        "language": "fr",
        "options": options,
    }
    return FileExport.objects.create(**values | overrides)


def upload_evidence(nobody: Any, alice: Any) -> Any:
    """A file added through the API."""
    body = {"file": SimpleUploadedFile("a.pdf", PDF), "note": "Relue"}
    return alice.post(f"{URL}/{make_evidence().pk}/versions", body, format="multipart")
