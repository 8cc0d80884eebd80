"""Names that no engineer would search for are out; each has a standard term instead."""

import ast

from tests.test_sizes import FILES, ROOT

# Of the project's first months, with the term that replaced each.
MODULES = {
    "bodies": "body_limits",
    "desk": "admin",
    "doors": "sources",
    "giving": "exporter",
    "hook": "registration",
    "looks": "display",
    "picks": "widgets",
    "refusals": "exceptions",
    "removing": "deletion",
    "retries": "idempotency",
    "staff": "admin",
    "stories": "history",
    "taking": "importer",
    "telling": "descriptions",
    "throttles": "ratelimit",
    "trail": "audit",
    "trips": "batching",
}
NAMES = {
    "ASKS": "ADMIN_ACTIONS",
    "Ask": "AdminAction",
    "Desk": "AdminClient",
    "Door": "Source",
    "NOBODY": "SYSTEM_ACTOR",
    "Seen": "ExpectedVersions",
    "Story": "HistoryEntry",
    "Told": "Description",
    "aside": "autonomous_connection",
    "check_seen": "check_expected_versions",
    "desk": "admin_client",
    "in_public": "public_schema",
    "inside": "tenant_context",
    "keyed": "idempotent_handler",
    "leave_out": "exclude",
    "place_refusal": "add_errors_to_form",
    "refill": "rehydrate",
    "stand_at": "set_default_source",
    "stories": "history_entries",
    "versions_seen": "expected_versions",
}


def test_modules_have_searchable_names():
    found: dict[str, str] = {}
    for path in FILES:
        parts = [*path.relative_to(ROOT).with_suffix("").parts]
        found |= {str(path): MODULES[part] for part in parts if part in MODULES}
    assert found == {}


def test_classes_and_functions_have_searchable_names():
    found: dict[tuple[str, str], str] = {}
    for path in FILES:
        defined = {
            node.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ClassDef | ast.FunctionDef)
        }
        found |= {(str(path), name): NAMES[name] for name in defined & NAMES.keys()}
    assert found == {}
