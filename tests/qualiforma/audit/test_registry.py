"""No model without a decision, no service without its action, no action without its sentence."""

import inspect
import sys
from types import FunctionType

import pytest
from django.apps import apps
from django.db import connection
from django.utils.functional import Promise

from actionplans import services as actionplans
from compliance import services as compliance
from improvements import services as improvements
from qualiforma.accounts import services as accounts
from qualiforma.audit.registry import left_out, recorded_models, sentences
from qualiforma.provisioning import services as tenants
from qualiforma.provisioning.templates import tenant_labels
from qualiforma.training import services as training

TRIGGERS = """
SELECT table_of.relname, trigger.tgname, trigger.tgtype, trigger.tgargs, trigger.tgenabled
FROM pg_trigger AS trigger
JOIN pg_class AS table_of ON table_of.oid = trigger.tgrelid
WHERE NOT tgisinternal AND relnamespace = %s::regnamespace AND tgname LIKE 'audit_%%'
"""
# How pg_trigger says what fires when: bits for row, before, insert, delete, update, truncate.
ROW, BEFORE, INSERT, DELETE, UPDATE, TRUNCATE = 1, 2, 4, 8, 16, 32
WRITES = INSERT | DELETE | UPDATE


@pytest.fixture
def triggers(acme):
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS, [acme.schema_name])
        return {(table, name): tuple(rest) for table, name, *rest in cursor.fetchall()}


def tenant_models():
    return {
        model
        for label in tenant_labels()
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    }


def test_every_model_of_a_tenant_is_recorded_or_left_out_with_a_reason():
    assert set(recorded_models) | set(left_out) == tenant_models()
    assert not set(recorded_models) & set(left_out)
    assert all(left_out.values())


def test_the_catalogue_says_what_the_models_say(triggers):
    tables = {model._meta.db_table: one for model, one in recorded_models.items()}
    assert {table for table, _ in triggers} == set(tables) | {
        "audit_event",
        "audit_lock",
        "audit_entry",
    }
    for table, one in tables.items():
        arguments = b"".join(word.encode() + b"\0" for word in one.arguments)
        assert triggers[table, "audit_record"] == (ROW | WRITES, arguments, "O")
        assert triggers[table, "audit_first"] == (BEFORE | WRITES, b"", "O")
        assert triggers[table, "audit_truncate"] == (BEFORE | TRUNCATE, b"", "O")


def test_declared_columns_exist(acme):
    for one in recorded_models.values():
        columns = {field.column for field in one.model._meta.concrete_fields}
        assert {*one.sensitive, *one.skipped} <= columns
        assert set(one.arguments[1:3]) <= columns


# Each public service: the actions it may stand under, or why it needs none.
STRUCTURE = "changes tables, no data"
SESSIONS = "writes sessions only, which are not in the trail"
LIFECYCLE = "enters it by `qualiforma.exports.lifecycle`, which all exports go through"
SERVICES = {
    "improvements.create_plan": ["improvements.plan.created"],
    "improvements.edit_plan": ["improvements.plan.edited"],
    "improvements.revise_plan": ["improvements.plan.revised"],
    "improvements.change_plan_status": [
        "improvements.plan.moved",
        "improvements.plan.started",
        "improvements.plan.archived",
        "improvements.plan.abandoned",
    ],
    "improvements.close_plan": ["improvements.plan.closed"],
    "improvements.check_effectiveness": ["improvements.plan.effect_checked"],
    "improvements.delete_plan": ["improvements.plan.deleted"],
    "improvements.undo_start": ["improvements.plan.start_undone"],
    "improvements.undo_action": ["improvements.action.change_undone"],
    "improvements.just_changed": "only reads",
    "improvements.restore_plan": ["improvements.plan.restored"],
    "improvements.add_action": ["improvements.action.added"],
    "improvements.change_action": ["improvements.action.changed"],
    "improvements.default_indicators": "a pure function",
    "improvements.indicators_of": "only reads",
    "improvements.add_attachment": ["improvements.attachment.added"],
    "improvements.mark_attachment": ["improvements.attachment.marked"],
    "improvements.remove_attachment": ["improvements.attachment.removed"],
    "improvements.add_complaint_attachment": ["improvements.complaint_attachment.added"],
    "improvements.remove_complaint_attachment": ["improvements.complaint_attachment.removed"],
    "improvements.acknowledge_complaint": ["improvements.complaint.acknowledged"],
    "improvements.receive_public_complaint": ["improvements.complaint.received_by_form"],
    "improvements.acknowledge_by_mail": ["improvements.complaint.acknowledged_by_mail"],
    "improvements.add_risk": ["improvements.risk.added"],
    "improvements.change_risk": [
        "improvements.risk.changed",
        "improvements.risk.controlled",
        "improvements.risk.closed",
        "improvements.risk.reopened",
    ],
    "improvements.review_risks": ["improvements.risk.reviewed"],
    "improvements.receive_complaint": ["improvements.complaint.received"],
    "improvements.change_complaint": [
        "improvements.complaint.changed",
        "improvements.complaint.taken_up",
        "improvements.complaint.resolved",
        "improvements.complaint.rejected",
    ],
    "improvements.add_theme": ["improvements.theme.added"],
    "improvements.change_theme": ["improvements.theme.changed"],
    "improvements.delete_theme": ["improvements.theme.deleted"],
    "actionplans.create_plan": ["actionplans.plan.created"],
    "actionplans.edit_plan": ["actionplans.plan.edited"],
    "actionplans.delete_plan": ["actionplans.plan.deleted"],
    "actionplans.add_action": ["actionplans.action.added"],
    "actionplans.edit_action": ["actionplans.action.edited"],
    "actionplans.delete_action": ["actionplans.action.deleted"],
    "actionplans.move_assignee": ["actionplans.assignee.moved"],
    "actionplans.add_note": ["actionplans.note.added"],
    "actionplans.edit_note": ["actionplans.note.edited"],
    "actionplans.delete_note": ["actionplans.note.deleted"],
    "actionplans.add_area": ["actionplans.area.added"],
    "actionplans.edit_area": ["actionplans.area.edited"],
    "actionplans.delete_area": ["actionplans.area.deleted"],
    "actionplans.add_group": ["actionplans.group.added"],
    "actionplans.edit_group": ["actionplans.group.edited"],
    "actionplans.delete_group": ["actionplans.group.deleted"],
    "actionplans.request_export": ["actionplans.export.requested"],
    "actionplans.resend_export": ["actionplans.export.resent"],
    "actionplans.open_link": LIFECYCLE,
    "actionplans.fetch_export": LIFECYCLE,
    "actionplans.make_export": LIFECYCLE,
    "actionplans.fail_export": LIFECYCLE,
    "actionplans.purge_exports": LIFECYCLE,
    "compliance.create_analysis": ["compliance.needs.created", "compliance.needs.completed"],
    "compliance.change_analysis": ["compliance.needs.changed"],
    "compliance.complete_analysis": ["compliance.needs.completed"],
    "compliance.create_path": ["compliance.path.created"],
    "compliance.change_path": ["compliance.path.changed"],
    "compliance.delete_path": ["compliance.path.deleted"],
    "compliance.assign_path": ["compliance.path.assigned"],
    "compliance.plan_audit": ["compliance.audit.planned"],
    "compliance.change_audit": ["compliance.audit.changed"],
    "compliance.judge_indicators": ["compliance.audit.judged"],
    "compliance.start_audit": ["compliance.audit.started"],
    "compliance.close_audit": ["compliance.audit.closed"],
    "compliance.delete_audit": ["compliance.audit.deleted"],
    "compliance.compare_audit": "reads only",
    "compliance.default_scope": "reads only",
    "compliance.enter_finding": ["compliance.finding.entered"],
    "compliance.change_finding": ["compliance.finding.changed"],
    "compliance.correct_finding": ["compliance.finding.corrected"],
    "compliance.lift_finding": ["compliance.finding.lifted"],
    "compliance.reopen_finding": ["compliance.finding.reopened"],
    "compliance.open_finding_plan": ["compliance.finding.planned"],
    "compliance.count_findings": "reads only",
    "compliance.add_evidence": ["compliance.evidence.added"],
    "compliance.add_evidence_version": ["compliance.evidence.version_added"],
    "compliance.change_evidence": ["compliance.evidence.changed"],
    "compliance.review_evidence": ["compliance.evidence.reviewed"],
    "compliance.record_information": "adds evidence by `add_evidence`",
    "compliance.read_indicators": "reads only",
    "compliance.read_organisation": "reads only",
    "compliance.change_logo": ["compliance.organisation.logo_changed"],
    "compliance.remove_logo": ["compliance.organisation.logo_removed"],
    "compliance.change_organisation": ["compliance.organisation.changed"],
    "compliance.read_readiness": "reads only",
    "compliance.weak_indicators": "reads only",
    "compliance.review_indicator": ["compliance.indicator.reviewed"],
    "compliance.withdraw_evidence": ["compliance.evidence.withdrawn"],
    "compliance.progress_of": "reads only",
    "compliance.module_progress": "a pure function",
    "accounts.create_user": ["accounts.user.created"],
    "accounts.invite_user": ["accounts.user.invited"],
    "accounts.change_user": [
        "accounts.user.changed",
        "accounts.user.activated",
        "accounts.user.deactivated",
    ],
    "accounts.resend_invitation": ["accounts.invitation.resent"],
    "accounts.change_password": ["accounts.password.changed"],
    "accounts.set_password_by_link": ["accounts.password.chosen"],
    "accounts.request_password_reset": ["accounts.password.reset_requested"],
    "accounts.identify": ["accounts.login.failed"],
    "accounts.log_in": ["accounts.session.opened"],
    "accounts.open_company_session": ["accounts.session.opened"],
    "accounts.find_company_session": SESSIONS,
    "accounts.close_company_session": SESSIONS,
    "accounts.purge_company_sessions": SESSIONS,
    "accounts.renew_session": ["accounts.session.revoked"],
    "accounts.close_session": SESSIONS,
    "accounts.purge_refresh_tokens": SESSIONS,
    "training.create_company": ["training.company.created"],
    "training.change_company": ["training.company.changed"],
    "training.create_course": ["training.course.created"],
    "training.change_course": ["training.course.changed"],
    "training.create_enrollment": ["training.enrollment.created"],
    "training.change_enrollment": [
        "training.enrollment.changed",
        "training.enrollment.completed",
        "training.enrollment.suspended",
        "training.enrollment.resumed",
        "training.enrollment.revoked",
    ],
    "training.create_session": ["training.session.created"],
    "training.change_session": ["training.session.changed"],
    "training.record_attendance": ["training.attendance.recorded"],
    "training.record_signature": ["training.signature.recorded", "training.signature.corrected"],
    "training.create_questionnaire": ["training.questionnaire.created"],
    "training.change_questionnaire": ["training.questionnaire.changed"],
    "training.record_submission": ["training.submission.recorded"],
    "training.issue_certificate": ["training.certificate.issued"],
    "provisioning.create_tenant": ["tenants.tenant.created"],
    "provisioning.suspend_tenant": ["tenants.tenant.suspended"],
    "provisioning.resume_tenant": ["tenants.tenant.resumed"],
    "provisioning.rename_tenant": ["tenants.tenant.renamed"],
    "provisioning.delete_tenant": ["tenants.tenant.deleted"],
    "provisioning.add_domain": ["tenants.domain.added"],
    "provisioning.remove_domain": ["tenants.domain.removed"],
    "provisioning.set_primary_domain": ["tenants.domain.made_primary"],
    "provisioning.check_registration": "a pure function",
    "provisioning.check_slugs": "a pure function",
    "provisioning.migrate_schema": STRUCTURE,
    "provisioning.migrate_installation": STRUCTURE,
}
# Not a service's: loaded by a command, or written by the trail itself.
OTHERS = {
    "improvements.complaint.delays_set",
    "compliance.file.exported",
    "compliance.certificate.exported",
    "records.list.exported",
    "records.record.exported",
    "onboarding.samples.loaded",
    "onboarding.samples.removed",
    # By commands, for whole installations and organisations.
    "backups.installation.backed_up",
    "backups.installation.restored",
    "backups.organisation.exported",
    "backups.organisation.imported",
    # Asked for on the platform's pages, done by the owner's worker or by the queue.
    "jobs.job.dropped",
    "jobs.job.retried",
    "tenants.tenant.change_requested",
    "tenants.tenant.creation_requested",
    "improvements.demo.loaded",
    "compliance.demo.loaded",
    "training.demo.loaded",
    "actionplans.demo.loaded",
    "actionplans.export.link_opened",
    "actionplans.export.downloaded",
    "actionplans.export.made",
    "actionplans.export.dropped",
    "actionplans.export.failed",
    "actionplans.export.purged",
    "exports.file.requested",
    "exports.file.made",
    "exports.file.dropped",
    "exports.file.failed",
    "exports.file.link_opened",
    "exports.file.downloaded",
    "exports.file.purged",
    "webhooks.delivery.resent",
    *(
        f"webhooks.endpoint.{name}"
        for name in (
            *("created", "changed", "started", "stopped", "rotated", "deleted", "tested"),
            "failed",
        )
    ),
    "calendars.feed.made",
    "calendars.feed.revoked",
    "training.records.imported",
    "training.records.exported",
    "bundle.bundle.exported",
    "bundle.learner_file.exported",
    "bundle.register.exported",
    "followup.digest.sent",
    "followup.preference.changed",
    "followup.preference.unsubscribed",
    "followup.settings.changed",
    *(f"personal_data.person.{name}" for name in ("exported", "erased", "restricted")),
    "personal_data.needs.purged",
    "audit.trail.exported",
    "audit.trail.verified",
    "audit.trail.broken",
    "files.file.downloaded",
    "files.file.altered",
    "audit.values.erased",
    "audit.guards.intact",
    "audit.guards.broken",
    "record.inserted",
    "record.updated",
    "record.deleted",
    "record.entered",
}


def public_services():
    for module in (improvements, compliance, actionplans, accounts, tenants, training):
        short = module.__name__.split(".")[-2]
        for name in module.__all__:
            if isinstance(getattr(module, name), FunctionType):
                yield f"{short}.{name}", getattr(module, name)


def test_every_service_names_its_action():
    found = dict(public_services())
    assert set(found) == set(SERVICES)
    for name, service in found.items():
        code = getattr(service, "audit_code", None)
        if code is not None:
            assert code in SERVICES[name], name
        elif isinstance(SERVICES[name], list):  # it opens the action itself
            source = inspect.getsource(sys.modules[service.__module__])
            assert all(f'"{code}"' in source for code in SERVICES[name]), name


def test_every_action_has_a_sentence_and_every_sentence_an_action():
    codes = {code for said in SERVICES.values() if isinstance(said, list) for code in said}
    assert codes | OTHERS == set(sentences)


def test_each_sentence_can_be_translated_and_names_its_actor():
    """That each French text has its English is tests/test_messages.py's business."""
    for code, sentence in sentences.items():
        assert isinstance(sentence, Promise), code
        said = str(sentence) % {"actor": "Claire Martin"}
        has_no_actor = said.startswith(("Un", "Échec", "Quelqu’un a "))
        assert "Claire Martin" in said or has_no_actor, code
