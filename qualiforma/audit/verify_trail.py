#!/usr/bin/env python3
"""Check an exported audit trail: `python3 verify_trail.py TRAIL.jsonl [--expect SEQ:HASH]`.

Needs Python 3.8 or newer and nothing else; reads line by line, so that the size does not matter.
Exit status: 0 intact, 1 broken (each bad sequence and why are printed), 2 unreadable.

Each entry's `hash` is the SHA-256 of its `canonical` text, which holds the hash before it and, of
each value, a digest: the SHA-256 of a random salt and the value's JSON text, each after its length
(in version 1 without; there the salt's shape says where it ends). The clear values stand beside.
Anyone who rewrites the whole chain can only be found by a head that was kept elsewhere: that is what
`--expect` is for.
"""

from __future__ import annotations  # for Python 3.8

import argparse
import json
import re
import sys
from hashlib import sha256
from operator import itemgetter
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

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
# An entry as the check takes it: its columns, and these.
FIELDS = (*COLUMNS, "hash", "canonical", "clear")
SALT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
DIGEST = re.compile(r"[0-9a-f]{64}")
SEQUENCE = re.compile(r"[1-9][0-9]{0,17}")
SESSION = re.compile(r"[1-9][0-9]*")
NULL = '": null'  # after the name of a sensitive column
# How many faults are named; the others are counted.
MOST_FAULTS = 100
ERASED = "audit.values.erased"
VERIFIED = "audit.trail.verified"
BROKEN = "audit.trail.broken"
EXPORTED = "audit.trail.exported"
ENTRY = "ENTRY"


class Fault(NamedTuple):
    """What does not hold, and at which sequence."""

    seq: int
    reason: str


class EntryError(Exception):
    """What is wrong with one entry."""


class Chain:
    """The chain so far; give it each entry in order, then `finish`. `faults` says what is false.

    A false entry is named and the check goes on behind it. Memory: the names of the values that
    are missing and of those that erasures name, and `MOST_FAULTS`.
    """

    def __init__(self, expected: Head = None, *, withheld: bool = False) -> None:
        self.seq = 0
        self.hash: Any = FIRST
        self.version = 1
        self.count = 0
        self.expected = expected
        self.withheld = withheld  # whoever exported kept the clear values back
        self.faults: List[Fault] = []
        self.fault_count = 0
        self.missing: Dict[int, List[str]] = {}
        self.claims: List[Tuple[int, List[Tuple[int, Optional[str]]]]] = []  # of erasures

    def fault(self, seq: int, reason: str) -> None:
        """Remember what is false: the lowest sequences, should they be too many."""
        self.fault_count += 1
        self.faults.append(Fault(seq, reason))
        if len(self.faults) > 2 * MOST_FAULTS:
            self.faults = sorted(self.faults)[:MOST_FAULTS]

    def add(self, entry: Tuple[Any, ...]) -> None:
        """Check one entry. Shape: the values of `FIELDS`, whatever they are."""
        self.count += 1
        seq = entry[0]
        if type(seq) is not int:
            self.fault(self.seq + 1, "an entry without a sequence")
            return
        if seq <= self.seq:
            self.fault(seq, "stands there twice" if seq > 0 else "no entry has a sequence below 1")
            return
        reason = ""
        if seq > self.seq + 1:  # what the entry followed is not there to be compared with
            self.fault(self.seq + 1, f"missing; the next entry there is has sequence {seq}")
        elif entry[11] != self.hash:
            reason = "does not follow the entry before it"
        try:
            self._check(seq, entry)
        except EntryError as error:
            reason = reason or str(error)
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
            reason = reason or "is no entry that this program can read"
        if reason:
            self.fault(seq, reason)
        self.seq, self.hash = seq, entry[12]

    def _check(self, seq: int, entry: Tuple[Any, ...]) -> None:
        """Check an entry by itself. Errors: `EntryError`; whatever garbage causes."""
        sealed_hash, canonical, clear = entry[12:]
        if sha256(canonical.encode()).hexdigest() != sealed_hash:
            raise EntryError("the sealed text was changed")
        if self.expected and self.expected[0] == seq and self.expected[1] != sealed_hash:
            self.fault(seq, "is not the entry whose hash was kept")
        if _is_plain(entry):
            self._check_version(2)
            return
        sealed = json.loads(canonical)
        if _columns(sealed) != entry[:12]:
            self._name_column(sealed, entry)
        version, digests = sealed["version"], sealed["values"]
        self._check_version(version)
        self._check_values(version, clear, digests)
        if len(clear) != len(digests) and not self.withheld:
            self._note_missing(seq, clear, digests)
        if entry[4].startswith("audit."):
            self._check_reserved(seq, version, sealed, clear)

    @staticmethod
    def _name_column(sealed: Entry, entry: Tuple[Any, ...]) -> None:
        for place, name in enumerate(COLUMNS):
            if sealed[name] != entry[place]:
                raise EntryError(f"{name} is not what was sealed")

    def _check_version(self, version: Any) -> None:
        if type(version) is not int or not 1 <= version <= 2:
            raise EntryError("a version that this program does not know")
        if version < self.version:
            raise EntryError("an older version than the entry before it")
        self.version = version

    @staticmethod
    def _check_values(version: int, clear: Entry, digests: Entry) -> None:
        for name, (salt, text) in clear.items():
            if version == 2:
                known: Any = _digest(salt, text)
            else:  # nothing is between the two: only the salt's shape says where it ends
                known = SALT.fullmatch(salt) and sha256((salt + text).encode()).hexdigest()
            if not known or known != digests.get(name):
                raise EntryError(f"the value {name} is not what was sealed")

    def _note_missing(self, seq: int, clear: Entry, digests: Entry) -> None:
        # A null digest is a sensitive column's, of which nothing is ever kept.
        names = [name for name, one in digests.items() if one is not None and name not in clear]
        if names:
            self.missing[seq] = names

    def _check_reserved(self, seq: int, version: int, sealed: Entry, clear: Entry) -> None:
        """Check what an entry of the trail about itself says; others rely on it."""
        action = sealed["action"]
        if action not in {ERASED, VERIFIED, BROKEN}:
            return
        if sealed["operation"] != ENTRY:
            raise EntryError(f"the action {action} is no record's")
        after = [name for name in clear if name.startswith("after.")]
        noted = {name[6:]: json.loads(clear[name][1]) for name in after}
        if not self.withheld and action == ERASED:
            self._account_for(seq, version, noted)
        elif not self.withheld and "after.seq" in clear:
            self._check_outcome(seq, action, noted)

    def _account_for(self, seq: int, version: int, noted: Entry) -> None:
        if version == 1:
            blanked = noted.get("sequences")
            if type(blanked) is not list or not all(
                type(x) is int and 0 < x < seq for x in blanked
            ):
                raise EntryError("an erasure does not say what it erased")
            self.claims.append((seq, [(one, None) for one in blanked]))
            return
        values = noted.get("values")
        if type(values) is not dict or not values or not all(map(SEQUENCE.fullmatch, values)):
            raise EntryError("an erasure does not say what it erased")
        claimed = [(int(key), name) for key, names in values.items() for name in names]
        if [one for one, _ in claimed if one >= seq]:
            raise EntryError("an erasure names an entry that it does not follow")
        self.claims.append((seq, claimed))

    def _account(self) -> None:
        """Compare what is missing with what erasures say, in their order."""
        erased_whole: Set[int] = set()  # under version 1, which did not say which values
        for seq, claimed in self.claims:
            untrue = [one for one in claimed if not self._was_missing(*one, erased_whole)]
            if untrue:
                what = "{1} of {0}".format(*untrue[0])
                self.fault(seq, f"an erasure names {what}, which it did not erase")

    def _was_missing(self, seq: int, name: Optional[str], erased_whole: Set[int]) -> bool:
        """Say whether a value is one that no erasure accounted for yet, and account for it."""
        if name is None:
            self.missing.pop(seq, None)
            erased_whole.add(seq)
            return True
        names = self.missing.get(seq, [])
        if name not in names:
            return seq in erased_whole
        names.remove(name)
        if not names:
            del self.missing[seq]
        return True

    @staticmethod
    def _check_outcome(seq: int, action: str, noted: Entry) -> None:
        said = noted["hash"] if action == VERIFIED else noted["reason"]
        known = type(noted["seq"]) is int and type(said) is str
        if not known or (
            action == VERIFIED and (noted["seq"] >= seq or not DIGEST.fullmatch(said))
        ):
            raise EntryError("a check does not say what it found")

    def join(self, later: "Chain") -> None:
        """Take in what a chain found that began at this one's last entry, in another process."""
        self.seq, self.hash, self.version = later.seq, later.hash, later.version
        self.count += later.count
        self.fault_count += later.fault_count
        self.faults = sorted([*self.faults, *later.faults])[:MOST_FAULTS]
        self.missing.update(later.missing)
        self.claims.extend(later.claims)

    def finish(self, rows: Optional[int] = None) -> None:
        """Check what only the whole can tell. `rows`: how many there are, counted otherwise."""
        if self.expected and self.seq < self.expected[0]:
            self.fault(self.seq + 1, f"missing; sequence {self.expected[0]} was kept")
        self._account()
        for seq, names in self.missing.items():
            some = ", ".join(sorted(names)[:5]) + (", …" if len(names) > 5 else "")
            self.fault(seq, f"values are missing and no erasure says so: {some}")
        if rows is not None and rows != self.count:
            self.fault(self.seq + 1, f"{rows} entries are there, {self.count} stand in order")
        self.faults = sorted(self.faults)[:MOST_FAULTS]


_columns: Callable[[Any], Tuple[Any, ...]] = itemgetter(*COLUMNS)


def _digest(salt: str, text: str) -> str:
    return sha256(f"{len(salt)}:{salt}{len(text)}:{text}".encode()).hexdigest()


def _is_plain(entry: Tuple[Any, ...]) -> bool:
    """Say whether the columns and values, written as version 2 does it, are the sealed text.

    They need no other check then. Not where a character is escaped, nor where others rely on it.
    """
    seq, at, door, actor, action, operation, object_type, object_id, root_id = entry[:9]
    request_id, database_user, previous, _, canonical, clear = entry[9:]
    try:
        texts = "".join((*entry[1:12], *clear))
    except TypeError:  # not all of them are texts
        return False
    # A column or a name that holds a quotation mark could pass for two.
    if '"' in texts or "\\" in canonical or action.startswith("audit."):
        return False
    values = [
        f'"{name}": "{sha256(f"{len(salt)}:{salt}{len(text)}:{text}".encode()).hexdigest()}"'
        for name, (salt, text) in clear.items()
    ]
    head = (
        f'{{"at": "{at}", "seq": {seq}, "door": "{door}", "actor": "{actor}", "action": "{action}", '
        f'"values": {{{", ".join(values)}}}, "root_id": "{root_id}", "session": '
    )
    tail = (
        f', "version": 2, "previous": "{previous}", "object_id": "{object_id}", "operation": '
        f'"{operation}", "request_id": "{request_id}", "object_type": "{object_type}", '
        f'"database_user": "{database_user}"}}'
    )
    if NULL in canonical:
        canonical = _without_nulls(canonical, clear)
    session = canonical[len(head) : -len(tail)]
    return f"{head}{session}{tail}" == canonical and bool(SESSION.fullmatch(session))


def _without_nulls(canonical: str, clear: Entry) -> str:
    """Take the sensitive columns, no value of which is kept, out of a sealed text."""
    head, begin, rest = canonical.partition('"values": {')
    sealed, end, tail = rest.rpartition('}, "root_id": ')
    kept = [one for one in sealed.split(", ") if not _is_null(one) or one[1 : -len(NULL)] in clear]
    return "".join((head, begin, ", ".join(kept), end, tail))


def _is_null(piece: str) -> bool:
    return piece.endswith(NULL) and piece[0] == '"' and piece.count('"') == 2


def head_of(text: str) -> Tuple[int, str]:
    """Read `SEQ:HASH`. Errors: `ValueError`."""
    seq, _, digest = text.partition(":")
    if not seq.isdigit() or not DIGEST.fullmatch(digest):
        raise ValueError("a head looks like 1284:9f86d0… (a sequence and 64 hex characters)")
    return int(seq), digest


def check(lines: Iterator[str], expected: Head = None) -> Chain:
    """Check the lines of an export; return the chain. Errors: `ValueError` for no export at all."""
    head = json.loads(next(lines, "null"))
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError("this is no export of an audit trail")
    if head.get("version") not in {1, 2}:
        raise ValueError("this export is of a newer version than this program")
    until, digest = head["head"]
    chain = Chain(expected, withheld=head.get("withheld") is True)
    last: Tuple[Any, ...] = (None,) * len(FIELDS)
    for line in lines:
        entry = _entry_of(line)
        # The export's own entry, the last, keeps its values: they seal the first line.
        if chain.withheld and entry[14] and (head["version"] == 1 or entry[0] != until):
            chain.fault(chain.seq + 1, f"values were to be withheld: {_first_of(entry[14])}")
        chain.add(entry)
        if entry[0] == until:
            last = entry
    if (chain.seq, chain.hash) != (until, digest):
        seq = chain.seq if chain.seq == until else chain.seq + 1
        chain.fault(seq, f"the export was made up to {until}:{digest}")
    elif head["version"] == 2:
        _check_first_line(chain, head, last)
    chain.finish()
    return chain


def _entry_of(line: str) -> Tuple[Any, ...]:
    """Read a line; an entry of nothing for one that is none."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        return (None,) * len(FIELDS)
    return tuple(map(entry.get, FIELDS))


def _first_of(values: Any) -> str:
    return ", ".join(sorted(values)[:5]) if isinstance(values, dict) else "no object"


def _check_first_line(chain: Chain, head: Entry, entry: Tuple[Any, ...]) -> None:
    """Compare what the file says of itself with what the trail says of the export."""
    clear = entry[14] if isinstance(entry[14], dict) else {}
    for name in ("version", "tenant", "withheld"):
        try:
            noted = json.loads(clear[f"after.{name}"][1])
        except (KeyError, IndexError, TypeError, ValueError):
            noted = None
        if entry[4] != EXPORTED or noted is None or noted != head.get(name):
            chain.fault(chain.seq, f"the file's first line is not what was sealed: {name}")


def report(chain: Chain) -> Iterator[str]:
    """Yield what is to be said of a chain that is finished, a line each."""
    if not chain.faults:
        yield f"intact, {chain.seq} entries, head {chain.seq}:{chain.hash}"
    for fault in chain.faults:
        yield f"BROKEN at {fault.seq}: {fault.reason}"
    if chain.fault_count > len(chain.faults):
        yield f"BROKEN in {chain.fault_count - len(chain.faults)} more places"


def main() -> int:
    """Check the file that the command line names."""
    parser = argparse.ArgumentParser(description="Check an exported audit trail.")
    parser.add_argument("file", help="the export, JSON lines")
    parser.add_argument("--expect", metavar="SEQ:HASH", help="a head that was kept elsewhere")
    options = parser.parse_args()
    try:
        expected = head_of(options.expect) if options.expect else None
        with open(options.file, encoding="utf-8", errors="surrogateescape") as lines:
            chain = check(iter(lines), expected)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        sys.stderr.write(f"{options.file}: {error}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in report(chain))
    return 1 if chain.faults else 0


if __name__ == "__main__":
    sys.exit(main())
