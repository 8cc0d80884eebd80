"""What the fuzzer puts in the address: records that exist, and never its own account.

It takes any id it saw for any other, and fills addresses with "0" where it has none. Left so, nearly
every call is a 404, and the first deactivation ends its own session: from there on all is 401.
"""

import os
from typing import Any

import schemathesis

FED = {
    "pathId": ("pth_", "pth_prevention"),
    "planId": ("imp_", "imp_8f3b21"),
    "actionId": ("act_", "act_001"),
    "userId": ("usr_", "usr_learner01"),
    "complaintId": ("cmp_", "cmp_a1b2c3"),
    "companyId": ("cmp_", "cmp_abc123"),
    "courseId": ("crs_", "crs_excel_init"),
    "enrollmentId": ("enr_", "enr_sst_half"),
    "sessionId": ("ses_", "ses_sst_1"),
    "questionnaireId": ("qst_", "qst_satisfaction"),
    "analysisId": ("nda_", "nda_draft"),
    "attachmentId": ("att_", "att_none"),
}
STRAY = tuple({prefix for prefix, _ in FED.values()})


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Point stray ids at the demo's records; malformed ones stay, they are to be refused."""
    for name, (prefix, fed) in FED.items():
        value = str((case.path_parameters or {}).get(name, ""))
        foreign = value.startswith(STRAY) and not value.startswith(prefix)
        if foreign or value in ("0", os.environ["FUZZER_ID"]):
            case.path_parameters[name] = fed
