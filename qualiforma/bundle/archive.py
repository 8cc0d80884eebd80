"""The archive of a bundle: written to a stream, the same bytes for the same contents.

Everything is written beside the target, in a folder that a lock marks as somebody's. The target
appears whole, at the end, or not at all; what a killed process has left goes at the next run.
"""

import fcntl
import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from qualiforma.bundle.verify_bundle import MISSING, SUM_MARK, SUMS

# With the archive's name before it, twice where a program makes a folder of it, it is within the 260 of Windows.
PATH_MAX = 139
CHUNK_BYTES = 256 * 1024
# Nothing in an archive says when it was made: the manifest does, once.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*")
# The names in capitals that people and tools look for.
_CAPITALS = frozenset({MISSING, SUMS})
_COMPRESSED = frozenset({".xlsx", ".docx", ".zip", ".png", ".jpg", ".jpeg"})


class BusyError(OSError):
    """Another process is writing the same file."""


@dataclass(frozen=True)
class Member:
    """A file of the archive. `rows`: how many a table has, None for what is no table."""

    path: str
    size: int
    sha256: str
    rows: int | None = None


def segment(text: str, longest: int = 40) -> str:
    """Return an id or a file's name as a part of a path: lower case, and never another's.

    What had to be changed or cut ends with a part of its digest, before the extension.
    """
    stem, dot, extension = (
        text.rpartition(".") if re.search(r"\.\w{1,5}\Z", text) else (text, "", "")
    )
    end = dot + re.sub(r"[^a-z0-9]", "", extension.lower())
    plain = re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_") or "x"
    if plain + end == text and len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{plain[: longest - len(end) - 9]}-{digest}{end}"


class FixedZip(zipfile.ZipFile):
    """A ZIP file whose members have no time of their own. For workbooks, too."""

    def writestr(self, name: str, data: bytes | str) -> None:  # type: ignore[override]  # what openpyxl calls
        with self.member(name) as file:
            file.write(data.encode() if isinstance(data, str) else data)

    def write(self, source: str, name: str) -> None:  # type: ignore[override]
        with self.member(name) as file, Path(source).open("rb") as content:
            shutil.copyfileobj(content, file, CHUNK_BYTES)

    @contextmanager
    def member(self, name: str, *, is_large: bool = False) -> Iterator[IO[bytes]]:
        """Open a new member; it may pass 2 GiB only if it `is_large`."""
        info = zipfile.ZipInfo(name, FIXED_TIME)
        is_stored = Path(name).suffix in _COMPRESSED
        info.compress_type = zipfile.ZIP_STORED if is_stored else zipfile.ZIP_DEFLATED
        info.create_system, info.external_attr = 3, 0o100644 << 16
        with self.open(info, "w", force_zip64=is_large) as file:
            yield file


class _Counting:
    """A file that counts and hashes what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.size, self.digest = file, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.digest.update(data)
        return self.file.write(data)


class Archive:
    """An archive under way; `with` it, add files, then `finish`. Memory: a line for each file."""

    def __init__(self, target: Path, root: str) -> None:
        self.target, self.root = target, root
        self.folder = target.with_name(f".{target.name}.partial")
        self.members: list[Member] = []
        self.sums: dict[str, str] = {}
        self.waiting: list[IO[str]] = []  # scratch files that are open: closed with the archive

    def __enter__(self) -> Self:
        remove_leavings(self.target.parent)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise BusyError(11, "another process is writing it") from error
        try:
            self._zip = FixedZip(self.folder / "bundle", "w", zipfile.ZIP_DEFLATED)
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError, ValueError):  # a full disk refuses the end as well
            self._zip.close()
        self._leave()

    def _leave(self) -> None:
        for file in self.waiting:
            with suppress(OSError):
                file.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    @contextmanager
    def file(self, path: str, *, is_large: bool = False) -> Iterator[IO[bytes]]:
        """Open a new file of the archive for writing; one at a time."""
        self._check(path)
        with self._zip.member(f"{self.root}/{path}", is_large=is_large) as opened:
            counting = _Counting(opened)
            yield counting  # type: ignore[misc]  # writing is all that it can
        self.sums[path] = counting.digest.hexdigest()
        self.members.append(Member(path, counting.size, self.sums[path]))

    def note_rows(self, rows: int) -> None:
        """Say how many rows the last file has."""
        last = self.members[-1]
        self.members[-1] = Member(last.path, last.size, last.sha256, rows)

    def scratch(self, name: str) -> Path:
        """Return where a file may stand that goes with the run."""
        return self.folder / f"scratch-{name}"

    def close(self) -> str:
        """End the archive; return its SHA-256. It stands nowhere yet.

        Its comment is the SHA-256 of all before: nothing of a ZIP file sums up headers otherwise.
        """
        self._zip.comment = SUM_MARK + b"0" * 64
        self._zip.close()
        with (self.folder / "bundle").open("rb+") as whole:
            digest = hashlib.sha256()
            left = whole.seek(0, os.SEEK_END) - 64
            whole.seek(0)
            while left:
                chunk = whole.read(min(left, CHUNK_BYTES))
                digest.update(chunk)
                left -= len(chunk)
            whole.seek(-64, os.SEEK_END)
            whole.write(digest.hexdigest().encode())
            whole.flush()
            os.fsync(whole.fileno())
            digest.update(digest.hexdigest().encode())
            return digest.hexdigest()

    @property
    def size(self) -> int:
        """Return the size in bytes of what has been written."""
        return (self.folder / "bundle").stat().st_size

    def publish(self) -> None:
        """Give the closed archive its name."""
        whole = self.folder / "bundle"
        whole.chmod(0o600)
        whole.rename(self.target)

    def publish_member(self, path: str) -> tuple[str, int]:
        """Give one file of the closed archive the target's name; return its SHA-256 and size."""
        alone = self.folder / "alone"
        with zipfile.ZipFile(self.folder / "bundle") as whole:
            member = whole.open(f"{self.root}/{path}")
            with member, alone.open("wb") as file:
                shutil.copyfileobj(member, file, CHUNK_BYTES)
                os.fsync(file.fileno())
        alone.chmod(0o600)
        alone.rename(self.target)
        return self.sums[path], self.target.stat().st_size

    def _check(self, path: str) -> None:
        is_named = path in _CAPITALS or _NAME.fullmatch(path)
        if not is_named or len(f"{self.root}/{path}") > PATH_MAX:
            raise ValueError(f"{path}: no path of a bundle")
        if path in self.sums:
            raise ValueError(f"{path}: stands there already")
        self.sums[path] = ""


def remove_leavings(folder: Path, pattern: str = ".*.partial") -> None:
    """Remove what killed processes left in a folder; what a living one writes is locked."""
    for left in folder.glob(pattern):
        with suppress(OSError), (left / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left)
