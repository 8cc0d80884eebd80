"""What each floor runs: written by hand, the answer built by PostgreSQL, one statement for a read.

`captured` is for what has no such form of its own, statistics and pages: the statements of the measured
call itself, run bare, and an answer that was made before.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

Connection = Any
Values = dict[str, Any]
Operation = Callable[[Connection, Values], str]
OPERATIONS: dict[str, Operation] = {}


def instant(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


RECURS = """EXISTS (SELECT 1 FROM improvements_plancomplaint l
    JOIN improvements_complaint c ON c.id = l.complaint_id
    LEFT JOIN training_enrollment e ON e.id = c.enrollment_id
    JOIN improvements_complaint n ON n.received_at > p.closed_at
        AND n.received_at <= p.closed_at + coalesce((SELECT recurrence_days
            FROM compliance_organisationprofile), 180) * interval '1 day'
    LEFT JOIN training_enrollment ne ON ne.id = n.enrollment_id
    WHERE l.plan_id = p.id AND (n.theme_id = c.theme_id OR ne.course_id = e.course_id)
        AND NOT EXISTS (SELECT 1 FROM improvements_plancomplaint o
            WHERE o.plan_id = p.id AND o.complaint_id = n.id))"""
EFFECT = """coalesce((SELECT verdict FROM improvements_effectivenesscheck k WHERE k.plan_id = p.id
    ORDER BY number DESC LIMIT 1), CASE WHEN p.closed_at IS NOT NULL THEN 'TO_CHECK'
    WHEN p.status = 'ARCHIVED' THEN 'NOT_APPLICABLE' ELSE 'NOT_DUE' END)"""
PLAN_FIELDS = f"""'id', p.id, 'title', p.title, 'trigger', p.trigger, 'status', p.status,
    'owner', p.owner_id, 'targetDate', p.target_date,
    'linkedComplaintIds', coalesce((SELECT json_agg(complaint_id ORDER BY position)
        FROM improvements_plancomplaint l WHERE l.plan_id = p.id), '[]'),
    'actionsCount', (SELECT count(*) FROM improvements_correctiveaction a WHERE a.plan_id = p.id),
    'actionsCompleted', (SELECT count(*) FROM improvements_correctiveaction a
        WHERE a.plan_id = p.id AND a.status = 'DONE'),
    'createdAt', {instant("p.created_at")}, 'reference', p.reference, 'effectiveness', {EFFECT},
    'effectivenessDueDate', p.effectiveness_due_date, 'recurrence', {RECURS}"""
MOVES = f"""coalesce((SELECT json_agg(json_build_object('fromDate', m.from_date, 'toDate', m.to_date,
    'reason', nullif(m.reason, ''), 'movedAt', {instant("m.moved_at")}, 'movedBy', m.moved_by_id)
    ORDER BY m.moved_at, m.id) FROM improvements_duedatemove m WHERE m.action_id = a.id), '[]')"""
ACTION = f"""JSON_OBJECT('id': a.id, 'description': a.description, 'status': a.status,
    'owner': a.owner_id, 'completedAt': {instant("a.completed_at")}, 'kind': a.kind,
    'reason': nullif(a.reason, '') ABSENT ON NULL)::jsonb || jsonb_build_object('dueDate', a.due_date,
    'firstDueDate', a.first_due_date, 'dueDateMoves', {MOVES})"""
CHECK = f"""json_build_object('id', k.id, 'number', k.number, 'verdict', k.verdict, 'method', k.method,
    'comment', nullif(k.comment, ''), 'measures', k.measures, 'reason', nullif(k.reason, ''),
    'successorId', k.successor_id, 'verifiedOn', k.verified_on, 'verifiedBy', k.verified_by_id,
    'verifierIsDoer', k.verifier_is_doer, 'createdAt', {instant("k.created_at")})"""
RESULT = """json_build_object('id', r.id, 'name', r.name, 'unit', nullif(r.unit, ''),
    'baseline', r.baseline, 'target', r.target, 'direction', r.direction,
    'measuredValue', r.measured_value, 'measuredOn', r.measured_on,
    'met', CASE r.direction WHEN 'AT_LEAST' THEN r.measured_value >= r.target
        ELSE r.measured_value <= r.target END,
    'notMeasurableUntil', r.not_measurable_until, 'targetChanges', r.target_changes)"""
# Of a report without a file: that of another has a signed link.
REPORTED = """json_build_object('summary', r.summary, 'outcomes', r.outcomes,
    'attachmentS3Key', nullif(r.attachment_s3_key, ''), 'attachmentUrl', NULL)"""
DETAIL = f"""SELECT jsonb_build_object('data', jsonb_build_object({PLAN_FIELDS},
    'description', nullif(p.description, ''), 'indicators', p.indicators,
    'indicatorLabels', (SELECT jsonb_object_agg(i::text, %(labels)s::jsonb ->> i::text)
        FROM unnest(p.indicators) i),
    'actions', coalesce((SELECT json_agg({ACTION} ORDER BY a.position, a.created_at, a.id)
        FROM improvements_correctiveaction a WHERE a.plan_id = p.id), '[]'),
    'linkedComplaints', coalesce((SELECT json_agg(json_build_object('id', c.id, 'subject', c.subject,
        'status', c.status, 'receivedAt', {instant("c.received_at")}) ORDER BY l.position)
        FROM improvements_plancomplaint l JOIN improvements_complaint c ON c.id = l.complaint_id
        WHERE l.plan_id = p.id), '[]'),
    'startedAt', {instant("p.started_at")}, 'rootCause', nullif(p.root_cause, ''),
    'causeMethod', nullif(p.cause_method, ''), 'followsPlanId', p.follows_plan_id)
    || jsonb_build_object('expectedResults', coalesce((SELECT json_agg({RESULT} ORDER BY r.position)
        FROM improvements_expectedresult r WHERE r.plan_id = p.id), '[]'),
    'effectivenessChecks', coalesce((SELECT json_agg({CHECK} ORDER BY k.number)
        FROM improvements_effectivenesscheck k WHERE k.plan_id = p.id), '[]'))
    || JSON_OBJECT('closedAt': {instant("p.closed_at")}, 'closedBy': p.closed_by_id,
        'closureReport': (SELECT {REPORTED} FROM improvements_closingreport r WHERE r.plan_id = p.id),
        'archiveReason': nullif(p.archive_reason, '') ABSENT ON NULL)::jsonb)::text
    FROM improvements_improvementplan p WHERE p.deleted_at IS NULL AND p.id = %(id)s"""
COMPLAINT = f"""json_build_object('id', c.id, 'subject', c.subject,
    'description', nullif(c.description, ''), 'channel', c.channel, 'kind', c.kind,
    'complainantName', nullif(c.complainant_name, ''),
    'complainantEmail', nullif(c.complainant_email, ''), 'complainantRole', c.complainant_role,
    'receivedAt', {instant("c.received_at")}, 'acknowledgedAt', {instant("c.acknowledged_at")},
    'acknowledgeBy', c.acknowledge_by, 'resolvedAt', {instant("c.resolved_at")},
    'answerBy', c.answer_by, 'answeredOn', (c.resolved_at AT TIME ZONE 'Europe/Paris')::date,
    'late', CASE WHEN c.resolved_at IS NULL AND c.answer_by < %(today)s::date THEN 'TO_ANSWER'
        WHEN c.acknowledged_at IS NULL AND c.resolved_at IS NULL
            AND c.acknowledge_by < %(today)s::date THEN 'TO_ACKNOWLEDGE' END,
    'status', c.status, 'resolution', nullif(c.resolution, ''), 'enrollmentId', c.enrollment_id,
    'themeId', c.theme_id, 'improvementPlanIds', coalesce((SELECT json_agg(l.plan_id ORDER BY l.id)
        FROM improvements_plancomplaint l JOIN improvements_improvementplan q ON q.id = l.plan_id
        WHERE l.complaint_id = c.id AND q.deleted_at IS NULL), '[]'),
    'origin', c.origin, 'createdAt', {instant("c.created_at")})"""
ENROLLMENT = f"""json_build_object('id', e.id, 'courseId', e.course_id, 'userId', e.user_id,
    'companyId', e.company_id, 'status', e.status, 'paymentMethod', e.payment_method,
    'paymentId', nullif(e.payment_id, ''), 'enrolledAt', {instant("e.enrolled_at")},
    'completedAt', {instant("e.completed_at")}, 'expiresAt', {instant("e.expires_at")},
    'createdBy', e.created_by_id, 'createdAt', {instant("e.created_at")})"""
NEEDS = f"""json_build_object('id', n.id, 'companyId', n.company_id, 'enrollmentId', n.enrollment_id,
    'objectives', n.objectives, 'currentLevel', n.current_level, 'targetLevel', n.target_level,
    'context', n.context, 'fundingSource', nullif(n.funding_source, ''),
    'thirdPartyAnalysis', nullif(n.third_party_analysis, ''), 'status', n.status,
    'recommendations', n.recommendations, 'gapAnalysis', n.gap_analysis,
    'createdAt', {instant("n.created_at")}, 'completedAt', {instant("n.completed_at")},
    'createdBy', n.created_by_id)"""
PATH = f"""SELECT json_build_object('data', json_build_object('id', p.id, 'name', p.name,
    'description', nullif(p.description, ''), 'targetAudience', p.target_audience,
    'modules', (SELECT json_agg(json_build_object('courseId', m.course_id, 'order', m.order,
        'mandatory', m.mandatory, 'unlockCondition', m.unlock_condition, 'title', c.title)
        ORDER BY m.order) FROM compliance_pathmodule m JOIN compliance_pathversion v
        ON v.id = m.version_id JOIN training_course c ON c.id = m.course_id
        WHERE m.path_id = p.id AND v.number = p.version),
    'prerequisiteAssessmentId', p.prerequisite_assessment_id, 'version', p.version,
    'createdAt', {instant("p.created_at")}, 'createdBy', p.created_by_id))::text
    FROM compliance_adaptivepath p WHERE p.id = %(id)s AND p.deleted_at IS NULL"""


def page(table: str, alias: str, row: str, where: str, order: str) -> Operation:
    """Return the floor of a page: keys, rows and count in one statement."""
    statement = f"""WITH page AS (SELECT {alias}.id FROM {table} {alias} WHERE {where}
        ORDER BY {order} LIMIT 20 OFFSET %(offset)s)
    SELECT json_build_object('data', coalesce((SELECT json_agg({row} ORDER BY {order})
        FROM page JOIN {table} {alias} USING (id)), '[]'),
        'meta', json_build_object('total', (SELECT count(*) FROM {table} {alias} WHERE {where}),
        'page', %(page)s::int, 'perPage', 20))::text"""

    def run(connection: Connection, values: Values) -> str:
        number = int(values.get("page", 1))
        given = {"status": "", "q": "", **values, "page": number, "offset": (number - 1) * 20}
        return str(connection.execute(statement, given).fetchone()[0])

    return run


def one(statement: str) -> Operation:
    return lambda connection, values: str(connection.execute(statement, values).fetchone()[0])


PLANS = ("improvements_improvementplan", "p", f"json_build_object({PLAN_FIELDS})")
NEWEST = "p.created_at DESC, p.id DESC"
# As the index has it.
SEARCHED = """public.searchable((coalesce(p.reference, '') || coalesce((coalesce(' ', '') || coalesce(
    (coalesce(p.title, '') || coalesce((coalesce(' ', '') || coalesce(p.description, '')), '')), '')), '')))"""
OPERATIONS |= {
    "plans": page(*PLANS, "p.deleted_at IS NULL", NEWEST),
    "plans-status": page(*PLANS, "p.deleted_at IS NULL AND p.status = %(status)s", NEWEST),
    "plan": one(DETAIL),
    "complaints": page(
        "improvements_complaint", "c", COMPLAINT, "true", "c.received_at DESC, c.id DESC"
    ),
    "enrollments": page(
        "training_enrollment", "e", ENROLLMENT, "true", "e.created_at DESC, e.id DESC"
    ),
    "analyses": page(
        "compliance_needsanalysis", "n", NEEDS, "true", "n.created_at DESC, n.id DESC"
    ),
    "path": one(PATH),
}


def me(_connection: Connection, values: Values) -> str:
    number, email, name, role = values["user"]
    said = {"id": number, "email": email, "name": name, "role": role, "tenant": values["tenant"]}
    return json.dumps({"data": said})


def captured(connection: Connection, values: Values) -> str:
    known = values["captured"][values["name"]]
    for statement in known["statements"]:
        connection.execute(statement)
    return str(known["answer"])


def timeline(connection: Connection, values: Values) -> str:
    found = connection.execute(values["timeline"], values["texts"] | {"enrollment": values["id"]})
    data = {"enrollmentId": values["id"], "events": json.loads(found.fetchone()[0])}
    return json.dumps({"data": data}, ensure_ascii=False)


# --- Writes: the lock of the trail, the same rows, hence the same triggers; then the answer.


def writing(*writes: str, answer: str) -> Operation:
    """Return a floor that writes; `answer` reads back what is answered, in the same transaction."""

    def run(connection: Connection, values: Values) -> str:
        given = {"fresh": uuid4().hex, **values}
        context = json.dumps({"action": values["action"], "actor": values["user"][0]})
        with connection.transaction():
            connection.execute(f"SET LOCAL qualiforma.context = '{context}'")
            connection.execute("SET LOCAL synchronous_commit = off")
            connection.execute("SELECT 1 FROM audit_lock FOR NO KEY UPDATE")
            for statement in writes:
                connection.execute(statement, given)
            found = str(connection.execute(answer, given).fetchone()[0])
        connection.execute("SELECT pg_logical_emit_message(true, 'qualiforma', '')")
        return found

    return run


TITLE = """UPDATE improvements_improvementplan SET title = %(title)s, version = version + 1
    WHERE id = %(id)s AND deleted_at IS NULL"""
DONE = """UPDATE improvements_correctiveaction SET status = %(status)s::text,
    completed_at = CASE WHEN %(status)s::text = 'DONE' THEN now() END WHERE id = %(action_id)s"""
COUNT_UP = "UPDATE improvements_improvementplan SET version = version + 1 WHERE id = %(id)s"
CREATE = """INSERT INTO improvements_improvementplan (id, title, description, trigger, status, owner_id,
    target_date, indicators, created_at, archive_reason, version) VALUES ('imp_' || %(fresh)s::text,
    %(title)s, '', %(trigger)s, 'DRAFT', %(owner)s, %(targetDate)s::date, '{32}', now(), '', 1)"""
ADD = """INSERT INTO improvements_correctiveaction (id, plan_id, description, status, owner_id, kind,
    position, created_at) SELECT 'act_' || %(fresh)s::text || rank, 'imp_' || %(fresh)s::text,
    description, 'TODO', %(owner)s, 'CORRECTIVE', rank, now()
    FROM unnest(%(descriptions)s::text[]) WITH ORDINALITY AS one (description, rank)"""
_create = writing(CREATE, ADD, answer=DETAIL)


def create(connection: Connection, values: Values) -> str:
    """The plan and its five actions, in two statements."""
    fresh = uuid4().hex
    descriptions = [action["description"] for action in values.pop("actions")]
    return _create(
        connection, {**values, "fresh": fresh, "id": f"imp_{fresh}", "descriptions": descriptions}
    )


OPERATIONS |= {
    "me": me,
    "captured": captured,
    "timeline": timeline,
    "patch-plan": writing(TITLE, answer=DETAIL),
    "patch-action": writing(
        DONE,
        COUNT_UP,
        answer=f"""SELECT json_build_object('data', {ACTION})::text
            FROM improvements_correctiveaction a WHERE a.id = %(action_id)s""",
    ),
    "create": create,
}


MATCHES = f"p.deleted_at IS NULL AND {SEARCHED} LIKE '%%' || public.searchable(%(q)s) || '%%'"
OPERATIONS["plans-q"] = page(*PLANS, MATCHES, NEWEST)
STATES = f"""coalesce((SELECT json_agg(json_build_object('assigneeId', s.user_id, 'status', CASE WHEN
    s.base_status = 'IN_PROGRESS' AND a.due_date < %(today)s::date THEN 'EXPIRED' ELSE s.base_status END,
    'startedAt', {instant("s.started_at")}, 'completedAt', {instant("s.completed_at")}) ORDER BY s.position, s.id) FROM actionplans_assignment s
    WHERE s.action_id = a.id), '[]')"""
EXPIRED = """(a.base_status = 'IN_PROGRESS' AND a.pending_count = 0 AND a.in_progress_count > 0
    AND a.due_date < %(today)s::date)"""
COMPANY_ACTION = f"""jsonb_build_object('id', a.id, 'companyId', %(tenant_id)s::text,
    'planId', a.plan_id, 'title', a.title, 'description', nullif(a.description, ''),
    'actionType', a.action_type, 'source', a.source, 'visibility', a.visibility,
    'focusItems', coalesce((SELECT json_agg(json_build_object('focusType', f.focus_type,
        'focusId', nullif(f.focus_id, ''), 'label', nullif(f.label, '')) ORDER BY f.position, f.id)
        FROM actionplans_focusitem f WHERE f.action_id = a.id), '[]'),
    'hierarchyIds', coalesce((SELECT json_agg(h.area_id ORDER BY h.area_id)
        FROM actionplans_actionarea h WHERE h.action_id = a.id), '[]'),
    'groupIds', coalesce((SELECT json_agg(g.group_id ORDER BY g.group_id)
        FROM actionplans_actiongroup g WHERE g.action_id = a.id), '[]'),
    'assignees', coalesce((SELECT json_agg(s.user_id ORDER BY s.position, s.id)
        FROM actionplans_assignment s WHERE s.action_id = a.id), '[]'),
    'assigneeStatuses', {STATES},
    'status', CASE WHEN {EXPIRED} THEN 'EXPIRED' ELSE a.base_status END,
    'completionPercent', coalesce(a.completed_count * 100 / nullif(a.pending_count
        + a.in_progress_count + a.completed_count + a.cancelled_count, 0), 0),
    'dueDate', a.due_date, 'overdue', coalesce(a.base_status IN ('PENDING', 'IN_PROGRESS')
        AND a.due_date < %(today)s::date, false), 'startedAt', {instant("a.started_at")},
    'completedAt', {instant("a.completed_at")}, 'notesCount', (SELECT count(*)
        FROM actionplans_note o WHERE o.action_id = a.id), 'createdBy', a.created_by_id,
    'createdAt', {instant("a.created_at")}, 'updatedAt', {instant("a.updated_at")})"""
ACTION_PLAN = f"""jsonb_build_object('id', p.id, 'companyId', %(tenant_id)s::text, 'title', p.title,
    'description', nullif(p.description, ''), 'visibility', p.visibility,
    'completionPercent', coalesce((SELECT count(*) FILTER (WHERE base_status = 'COMPLETED') * 100
        / count(*) FROM actionplans_action d WHERE d.plan_id = p.id HAVING count(*) > 0), 0),
    'actions', coalesce((SELECT json_agg({COMPANY_ACTION} ORDER BY a.created_at DESC, a.id DESC)
        FROM actionplans_action a WHERE a.plan_id = p.id AND a.base_status = 'PENDING'), '[]'),
    'createdBy', p.created_by_id, 'createdAt', {instant("p.created_at")},
    'updatedAt', {instant("p.updated_at")})"""
CLOSE = """UPDATE improvements_improvementplan SET status = 'COMPLETED', closed_at = now(),
    closed_by_id = 'usr_admin01', effectiveness_due_date = %(today)s::date + 90, version = version + 1
    WHERE id = %(id)s AND status = 'IN_PROGRESS' AND deleted_at IS NULL"""
# With what a snapshot of five finished actions holds.
REPORT = """INSERT INTO improvements_closingreport (plan_id, summary, outcomes, attachment_s3_key,
    attachment_sha256, snapshot) SELECT p.id, %(summary)s, %(outcomes)s::text[], '', '', jsonb_build_object(
        'plan', to_jsonb(p), 'actions', (SELECT jsonb_agg(to_jsonb(a)) FROM improvements_correctiveaction a
        WHERE a.plan_id = p.id)) FROM improvements_improvementplan p WHERE p.id = %(id)s"""
OPERATIONS["close"] = writing(REPORT, CLOSE, answer=DETAIL)
OPERATIONS["move-action"] = writing(
    """UPDATE actionplans_assignment SET base_status = %(status)s::text,
        started_at = coalesce(started_at, now()),
        completed_at = CASE WHEN %(status)s::text = 'COMPLETED' THEN now() END
        WHERE action_id = %(id)s AND user_id = %(assigneeId)s""",
    "UPDATE actionplans_action SET version = version + 1, updated_at = now() WHERE id = %(id)s",
    """UPDATE actionplans_actionplan SET version = version + 1, updated_at = now()
        WHERE id = (SELECT plan_id FROM actionplans_action WHERE id = %(id)s)""",
    answer=f"SELECT {COMPANY_ACTION}::text FROM actionplans_action a WHERE a.id = %(id)s",
)
HAVING = "EXISTS (SELECT 1 FROM actionplans_action a WHERE a.plan_id = p.id AND a.base_status = 'PENDING')"
OPERATIONS["action-plans"] = one(f"""WITH page AS (SELECT p.id FROM actionplans_actionplan p
    WHERE {HAVING} ORDER BY p.created_at DESC, p.id DESC LIMIT 10),
    counted AS (SELECT count(*) AS total FROM actionplans_actionplan p WHERE {HAVING})
    SELECT json_build_object('from', 0, 'to', least(10, total), 'total', total,
        'result', (SELECT json_agg({ACTION_PLAN} ORDER BY p.created_at DESC, p.id DESC)
            FROM page JOIN actionplans_actionplan p USING (id)))::text FROM counted""")
