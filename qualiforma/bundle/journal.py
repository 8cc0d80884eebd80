"""The trail of the period, with its chain values and without its clear values.

Those may tell of anybody; the sealed texts prove that nothing was changed. What a reader wants to
know of a plan stands in its history.
"""

import json
from typing import TYPE_CHECKING

from qualiforma.audit import chain
from qualiforma.audit.verify_trail import FIELDS, Chain
from qualiforma.bundle.verify_bundle import JOURNAL

if TYPE_CHECKING:
    from qualiforma.bundle.contents import Contents


def write_journal(contents: "Contents") -> None:
    """Write each entry of the period on a line; an entry that is false is missing, by sequence."""
    scope = contents.scope
    checked = Chain(withheld=True)
    checked.seq, checked.hash = scope.after
    with contents.file(JOURNAL, is_large=True) as file:
        for values in chain.entries(after=scope.after[0], until=scope.head[0]):
            entry = (*values[:-1], {})
            checked.add(entry)
            line = dict(zip(FIELDS, entry, strict=True))
            text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
            file.write(f"{text}\n".encode())
            if checked.count % chain.BATCH == 0:
                contents.progress("journal", checked.count)
    contents.archive.note_rows(checked.count)
    contents.counts["journal"] = checked.count
    checked.finish()
    for fault in checked.faults:
        what = f"Entrée {fault.seq} du journal d’audit"
        contents.lack(what, JOURNAL, fault.reason)
