#!/usr/bin/env python3
"""Check an exported audit trail: `python3 verify_trail.py TRAIL.jsonl [--expect SEQ:HASH]`.

Needs Python 3.8 or newer and nothing else; reads line by line, so that the size does not matter.
Exit status: 0 intact, 1 broken (the first bad sequence and why are printed), 2 unreadable.

Each entry's `hash` is the SHA-256 of its `canonical` text, which holds the hash before it and, of
each value, a digest: the SHA-256 of a random salt and the value's JSON text. The clear values stand
beside. Whoever rewrites the whole chain can only be found by a head that was kept elsewhere:
that is what `--expect` is for.
"""

from __future__ import annotations  # for Python 3.8

import argparse
import hashlib
import json
import sys
from typing import Any, Dict, Iterator, Optional, Tuple

Entry = Dict[str, Any]
Head = Optional[Tuple[int, str]]

FORMAT = "qualiforma-audit-trail"
FIRST = "0" * 64
# What an entry repeats of its canonical text, to be searched by.
COLUMNS = (
    "seq",
    "at",
    "door",
    "actor",
    "action",
    "operation",
    "object_type",
    "object_id",
    "root_id",
    "request_id",
    "database_user",
    "previous",
)
ERASED = "audit.values.erased"


class BrokenError(Exception):
    """The chain does not hold. `seq` is the first bad sequence."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(f"{seq}: {reason}")
        self.seq = seq
        self.reason = reason


def sha256(text: str) -> str:
    """Return the digest of a text. Shape: 64 hex characters."""
    return hashlib.sha256(text.encode()).hexdigest()


class Chain:
    """The chain so far; give it each entry in order, then `finish`.

    Memory: the sequences of erased entries that no erasure has accounted for yet.
    """

    def __init__(self, expected: Head = None, *, withheld: bool = False) -> None:
        self.seq = 0
        self.hash = FIRST
        self.expected = expected
        self.withheld = withheld  # whoever exported kept the clear values back
        self.erased: set[int] = set()

    def add(self, entry: Entry) -> None:
        """Check one entry, a dictionary. Errors: `BrokenError`."""
        seq = entry["seq"]
        if seq != self.seq + 1:
            raise BrokenError(self.seq + 1, f"missing; the next entry there is has sequence {seq}")
        if entry["previous"] != self.hash:
            raise BrokenError(seq, "does not follow the entry before it")
        if sha256(entry["canonical"]) != entry["hash"]:
            raise BrokenError(seq, "the sealed text was changed")
        sealed = json.loads(entry["canonical"])
        for name in COLUMNS:
            if sealed.get(name) != entry[name]:
                raise BrokenError(seq, f"{name} is not what was sealed")
        self._check_values(seq, entry["clear"], sealed["values"])
        if self.expected and self.expected[0] == seq and self.expected[1] != entry["hash"]:
            raise BrokenError(seq, "is not the entry whose hash was kept")
        if sealed["action"] == ERASED and sealed["operation"] == "ENTRY":
            self._account_for(seq, entry)
        self.seq, self.hash = seq, entry["hash"]

    def _check_values(self, seq: int, clear: Entry, digests: Entry) -> None:
        for name, (salt, text) in clear.items():
            if name not in digests or sha256(salt + text) != digests[name]:
                raise BrokenError(seq, f"the value {name} is not what was sealed")
        # A null digest is a sensitive column's, of which nothing is ever kept.
        kept = {name for name, digest in digests.items() if digest is not None}
        if not self.withheld and kept - set(clear):
            self.erased.add(seq)

    def _account_for(self, seq: int, entry: Entry) -> None:
        if not self.withheld:
            if "after.sequences" not in entry["clear"]:
                raise BrokenError(seq, "an erasure does not say what it erased")
            self.erased -= set(json.loads(entry["clear"]["after.sequences"][1]))

    def finish(self) -> None:
        """Check what only the whole can tell. Errors: `BrokenError`."""
        if self.expected and self.seq < self.expected[0]:
            raise BrokenError(self.seq + 1, f"missing; sequence {self.expected[0]} was kept")
        if self.erased:
            raise BrokenError(min(self.erased), "values are missing and no erasure says so")


def head_of(text: str) -> tuple[int, str]:
    """Read `SEQ:HASH`. Errors: `ValueError`."""
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError("a head looks like 1284:9f86d0… (a sequence and 64 hex characters)")
    return int(seq), digest


def check(lines: Iterator[str], expected: Head = None) -> Chain:
    """Check the lines of an export; return the chain. Errors: `BrokenError`, `ValueError`."""
    head = json.loads(next(lines, "null"))
    if not isinstance(head, dict) or head.get("format") != FORMAT or head.get("version") != 1:
        raise ValueError("this is no export of an audit trail, or of a newer version")
    chain = Chain(expected, withheld=head["withheld"])
    for line in lines:
        chain.add(json.loads(line))
    chain.finish()
    if (chain.seq, chain.hash) != tuple(head["head"]):
        raise BrokenError(chain.seq + 1, f"missing; the export was made up to {head['head'][0]}")
    return chain


def main() -> int:
    """Check the file that the command line names."""
    parser = argparse.ArgumentParser(description="Check an exported audit trail.")
    parser.add_argument("file", help="the export, JSON lines")
    parser.add_argument("--expect", metavar="SEQ:HASH", help="a head that was kept elsewhere")
    options = parser.parse_args()
    try:
        expected = head_of(options.expect) if options.expect else None
        with open(options.file, encoding="utf-8") as lines:  # noqa: PTH123 - one plain file
            chain = check(iter(lines), expected)
    except BrokenError as error:
        sys.stdout.write(f"BROKEN at {error.seq}: {error.reason}\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{options.file}: {error}\n")
        return 2
    sys.stdout.write(f"intact: {chain.seq} entries, head {chain.seq}:{chain.hash}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
