#!/usr/bin/env python3
"""Check an audit bundle: `python3 verify_bundle.py [BUNDLE.zip | FOLDER]`.

Needs Python 3.8 or newer and `verify_trail.py` beside it, nothing else. Without an argument it
checks the folder that it stands in. Exit status: 0 intact, 1 broken (each file or sequence and why
are printed), 2 unreadable.

It checks that every file is what the list of sums and the manifest say, that none was added or
removed, that tables have as many rows as the manifest says, and that the entries of the audit trail
follow one another. Anyone who rewrites the whole bundle can only be found by the SHA-256 that the
organisation's audit trail keeps of it.
"""

from __future__ import annotations  # for Python 3.8

import argparse
import csv
import io
import json
import os
import re
import struct
import sys
import zipfile
import zlib
from hashlib import sha256
from typing import IO, Any, Dict, Iterator, List, Optional, Tuple

if __package__:
    from qualiforma.audit.verify_trail import FIELDS, Chain
else:  # in a bundle
    from verify_trail import FIELDS, Chain  # type: ignore[import-not-found,no-redef]

FORMAT = "qualiforma-audit-bundle"
VERSION = 1
MANIFEST = "integrite/manifest.json"
SUMS = "integrite/SHA256SUMS"
JOURNAL = "integrite/journal.jsonl"
MISSING = "MANQUES.txt"
# What begins the comment of the archive: the SHA-256 of all that stands before it follows.
SUM_MARK = b"sha256:"
CHUNK = 256 * 1024
MOST_FAULTS = 100
LINE = re.compile(r"([0-9a-f]{64})  (.+)")
UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, EOFError, IndexError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, struct.error),
)


class Folder:
    """A bundle that was unpacked."""

    def __init__(self, path: str) -> None:
        self.path = path

    def names(self) -> List[str]:
        """Return the path of each file, as the bundle names it."""
        found: List[str] = []
        for folder, below, files in os.walk(self.path):
            below[:] = [name for name in below if name != "__pycache__"]
            found.extend(os.path.relpath(os.path.join(folder, name), self.path) for name in files)
        return sorted(name.replace(os.sep, "/") for name in found)

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        return open(os.path.join(self.path, *name.split("/")), "rb")

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the container itself: a folder is none."""
        return iter(())


class Archive:
    """A bundle as one ZIP file, all below one folder."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.zip = zipfile.ZipFile(path)
        self.root = self.zip.namelist()[0].split("/")[0] + "/"
        self.infos = {info.filename[len(self.root) :]: info for info in self.zip.infolist()}

    def names(self) -> List[str]:
        """Return the path of each file, as the bundle names it."""
        return sorted(self.infos)

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        return self.zip.open(self.infos[name])

    def faults(self) -> Iterator[str]:
        """Yield what is not as the bundle's writer leaves it, between and around the files."""
        listed = self.zip.infolist()
        if len(self.infos) != len(listed):
            yield "a file stands there twice"
        with open(self.path, "rb") as whole:
            place = 0
            for info in listed:
                if not info.filename.startswith(self.root):
                    yield "{}: stands outside of the bundle's folder".format(info.filename)
                place = self._after(whole, info, place)
                if place < 0:
                    yield "{}: its header was changed".format(info.filename)
                    break
            if not self._is_whole(whole):
                yield "the archive is not what its own sum says"

    @staticmethod
    def _after(whole: IO[bytes], info: zipfile.ZipInfo, place: int) -> int:
        """Return where the next file begins; below 0 if this one does not begin as it should."""
        name = info.filename.encode()
        whole.seek(place)
        head = whole.read(30 + len(name))
        extra = whole.read(struct.unpack("<H", head[28:30])[0]) if len(head) >= 30 else b""
        sizes = (info.compress_size, info.file_size)
        large = struct.pack("<HHQQ", 1, 16, info.file_size, info.compress_size) if extra else b""
        if large:
            sizes = (0xFFFFFFFF, 0xFFFFFFFF)
        expected = struct.pack(
            "<4s5H3L2H",
            *(b"PK\x03\x04", 45 if large else 20, 0, info.compress_type, 0, 33),
            *(info.CRC, *sizes, len(name), len(large)),
        )
        if info.header_offset != place or head + extra != expected + name + large:
            return -1
        return place + len(head) + len(extra) + info.compress_size

    def _is_whole(self, whole: IO[bytes]) -> bool:
        """Say whether every byte before the archive's last 64 is what those say."""
        left = os.fstat(whole.fileno()).st_size - 64
        digest = sha256()
        whole.seek(0)
        while left > 0:
            chunk = whole.read(min(left, CHUNK))
            digest.update(chunk)
            left -= len(chunk) or left
        return whole.read() == digest.hexdigest().encode() == self.zip.comment[len(SUM_MARK) :]


class Check:
    """One check of one bundle; `faults` says what is false, a line each."""

    def __init__(self, bundle: Any) -> None:
        self.bundle = bundle
        self.faults: List[str] = []
        self.files = 0
        self.entries = 0
        self.manifest: Dict[str, Any] = {}

    def run(self) -> None:
        """Check everything. Errors: what `UNREADABLE` names, for what is no bundle at all."""
        self.faults.extend(self.bundle.faults())
        names = self.bundle.names()
        if MANIFEST not in names:
            raise ValueError("this is no audit bundle: {} is not there".format(MANIFEST))
        sums = self._sums() if SUMS in names else {}
        self.manifest = self._manifest()
        listed = {one["path"]: one for one in self.manifest.get("files", [])}
        self._compare(set(names) - {SUMS}, set(sums), SUMS)
        self._compare(set(names) - {SUMS, MANIFEST}, set(listed), MANIFEST)
        for name in names:
            if name != SUMS:
                self.files += 1
                self._file(name, sums.get(name), listed.get(name))
        if JOURNAL in names:
            self._journal()
        is_complete = not self.manifest.get("missing")
        if self.manifest and is_complete == (MISSING in names):
            self.faults.append("{}: the manifest says otherwise".format(MISSING))

    def _compare(self, there: Any, said: Any, where: str) -> None:
        self.faults.extend("{}: was added".format(name) for name in sorted(there - said))
        self.faults.extend(
            "{}: is missing, {} names it".format(name, where) for name in sorted(said - there)
        )

    def _sums(self) -> Dict[str, str]:
        found = {}
        with self.bundle.open(SUMS) as file:
            for line in file.read().decode("utf-8", "replace").splitlines():
                match = LINE.fullmatch(line)
                if match:
                    found[match.group(2)] = match.group(1)
                else:
                    self.faults.append("{}: a line that is none".format(SUMS))
        return found

    def _manifest(self) -> Dict[str, Any]:
        try:
            with self.bundle.open(MANIFEST) as file:
                read = json.loads(file.read().decode())
        except UNREADABLE as error:
            self.faults.append("{}: cannot be read: {}".format(MANIFEST, error))
            return {}
        if not isinstance(read, dict) or read.get("format") != FORMAT:
            raise ValueError("this is no audit bundle")
        if read.get("version") != VERSION:
            raise ValueError("this bundle is of a newer version than this program")
        return read

    def _file(self, name: str, said: Optional[str], listed: Optional[Dict[str, Any]]) -> None:
        try:
            size, digest = self._digest(name)
            if said is not None and digest != said:
                self.faults.append("{}: is not what {} says".format(name, SUMS))
            if listed is not None and (listed.get("size"), listed.get("sha256")) != (size, digest):
                self.faults.append("{}: is not what {} says".format(name, MANIFEST))
            rows = listed.get("rows") if listed else None
            if rows is not None and rows != self._rows(name):
                self.faults.append("{}: has not the {} rows counted".format(name, rows))
        except UNREADABLE as error:
            self.faults.append("{}: cannot be read: {}".format(name, error))

    def _digest(self, name: str) -> Tuple[int, str]:
        size, digest = 0, sha256()
        with self.bundle.open(name) as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                size += len(chunk)
                digest.update(chunk)
        return size, digest.hexdigest()

    def _rows(self, name: str) -> int:
        """Count the rows of a table below its head."""
        with self.bundle.open(name) as file:
            if name.endswith(".csv"):
                text = io.TextIOWrapper(file, "utf-8-sig", newline="")
                return sum(1 for _ in csv.reader(text, delimiter=";")) - 1
            if name.endswith(".jsonl"):
                return sum(1 for _ in file)
            seekable = file if file.seekable() else io.BytesIO(file.read())
            with zipfile.ZipFile(seekable) as workbook:
                return sum(_sheet_rows(workbook, one) for one in workbook.namelist())

    def _journal(self) -> None:
        """Check that the entries follow one another, from where the manifest says to where."""
        trail = self.manifest.get("trail") or {}
        (after, before), (until, digest) = trail.get("after", [0, ""]), trail.get("head", [0, ""])
        chain = Chain(withheld=True)
        chain.seq, chain.hash = after, before
        with self.bundle.open(JOURNAL) as file:
            for line in file:
                entry = _entry(line)
                if entry[14]:
                    self.faults.append("{}: values of {}".format(JOURNAL, entry[0]))
                chain.add(entry)
        if (chain.seq, chain.hash) != (until, digest):
            chain.fault(chain.seq + 1, "the bundle was made up to {}:{}".format(until, digest))
        chain.finish()
        self.entries = chain.count
        self.faults.extend(
            "{}: sequence {}: {}".format(JOURNAL, fault.seq, fault.reason) for fault in chain.faults
        )


def _entry(line: bytes) -> Tuple[Any, ...]:
    try:
        entry = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        entry = None
    return tuple(map(entry.get, FIELDS)) if isinstance(entry, dict) else (None,) * len(FIELDS)


def _sheet_rows(workbook: zipfile.ZipFile, name: str) -> int:
    """Count the rows of a sheet below its head; 0 for what is no sheet."""
    if not name.startswith("xl/worksheets/sheet"):
        return 0
    found, rest = 0, b""
    with workbook.open(name) as sheet:
        for chunk in iter(lambda: sheet.read(CHUNK), b""):
            text = rest + chunk
            found += text.count(b"<row ")
            rest = text[-4:]  # one byte less than what is looked for
    return found - 1


def verify(path: str) -> Check:
    """Check a bundle, as a ZIP file or unpacked. Errors: what `UNREADABLE` names."""
    check = Check(Folder(path) if os.path.isdir(path) else Archive(path))
    check.run()
    return check


def report(check: Check) -> Iterator[str]:
    """Yield what is to be said of a check, a line each."""
    if not check.faults:
        missing = check.manifest.get("missing") or 0
        told = "complete" if not missing else "{} things missing, see {}".format(missing, MISSING)
        yield "intact, {} files, {} entries of the audit trail, {}".format(
            check.files, check.entries, told
        )
    for fault in check.faults[:MOST_FAULTS]:
        yield "BROKEN {}".format(fault)
    if len(check.faults) > MOST_FAULTS:
        yield "BROKEN in {} more places".format(len(check.faults) - MOST_FAULTS)


def main() -> int:
    """Check the bundle that the command line names."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description="Check an audit bundle.")
    parser.add_argument("bundle", nargs="?", default=here, help="a ZIP file or an unpacked folder")
    path = parser.parse_args().bundle
    try:
        check = verify(path)
    except UNREADABLE as error:
        sys.stderr.write("{}: {}\n".format(path, error))
        return 2
    sys.stdout.writelines("{}\n".format(line) for line in report(check))
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
