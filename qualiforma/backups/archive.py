"""One schema as a file: a ZIP archive with its tables, its files and a manifest that has a SHA-256 of each.

`manifest.json` is written last, its own SHA-256 is the archive's comment: of an archive that was cut
short or altered, no part is believed.
"""

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from qualiforma.backups.errors import BackupError
from qualiforma.uploads import CHUNK_BYTES

FORMAT, VERSION = "qualiforma-schema", 1
MANIFEST = "manifest.json"
# A manifest names each file of an organisation: a million of them fit.
MANIFEST_MAX_BYTES = 512 * 1024 * 1024
# What archives raise whose bytes were altered: in a header, a directory or packed data.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError),
    *(OSError, RuntimeError, ValueError, RecursionError),
)


class Digesting:
    """Counts and hashes what is written through it."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        self._target.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class Writer:
    """Writes one archive. Errors: `OSError`."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=3)
        self._members: dict[str, dict[str, Any]] = {}

    @contextmanager
    def member(self, name: str, *, is_packed: bool = True) -> Iterator[Digesting]:
        """Write one member; `is_packed`: uploads are compressed by themselves."""
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED
        with self._zip.open(info, "w", force_zip64=True) as file:
            target = Digesting(file)
            yield target
        self._members[name] = {"size": target.size, "sha256": target.hexdigest()}

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest, which makes the archive whole."""
        whole = {"format": FORMAT, "version": VERSION, **manifest, "members": self._members}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
        self._zip.writestr(MANIFEST, text)
        self._zip.comment = hashlib.sha256(text).hexdigest().encode()
        self.close()

    def close(self) -> None:
        self._zip.close()


class Archive:
    """One archive that was written, open for reading."""

    def __init__(self, path: Path) -> None:
        """Errors: `BackupError` unless the file is a whole archive with an unaltered manifest."""
        self.name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
            info = self._zip.getinfo(MANIFEST)
            text = self._zip.read(MANIFEST) if info.file_size <= MANIFEST_MAX_BYTES else b""
        except _DAMAGED as error:
            raise BackupError(f"{path} is not a whole archive ({error}).") from error
        if hashlib.sha256(text).hexdigest().encode() != self._zip.comment:
            raise BackupError(f"The manifest of {path} is not what was written.")
        self.manifest: dict[str, Any] = self._read(text)
        if (self.manifest.get("format"), self.manifest.get("version")) != (FORMAT, VERSION):
            raise BackupError(f"{path} is an archive of another kind, or of a newer QualiForma.")

    def _read(self, text: bytes) -> dict[str, Any]:
        try:
            manifest = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BackupError(f"The manifest of {self.name} is no JSON.") from error
        return manifest if isinstance(manifest, dict) else {}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def members(self) -> dict[str, dict[str, Any]]:
        members: dict[str, dict[str, Any]] = self.manifest["members"]
        return members

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(name)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a member in pieces. Errors: `BackupError` where it is not what was written."""
        wanted, digest, size = self.members[name], hashlib.sha256(), 0
        try:
            with self.open(name) as file:
                while piece := file.read(CHUNK_BYTES):
                    size += len(piece)
                    if size > wanted["size"]:
                        break
                    digest.update(piece)
                    yield piece
        except _DAMAGED as error:
            raise BackupError(f"{self.name}: {name} cannot be read ({error}).") from error
        if (size, digest.hexdigest()) != (wanted["size"], wanted["sha256"]):
            raise BackupError(f"{self.name}: {name} is not what was written.")

    def verify(self) -> None:
        """Read everything. Errors: `BackupError` for what is missing, added or altered."""
        there = Counter(self._zip.namelist())
        if odd := sorted(there.keys() ^ {MANIFEST, *self.members}):
            raise BackupError(f"{self.name}: {odd[0]} is missing or does not belong there.")
        if len(there) != there.total():
            raise BackupError(f"{self.name} has {there.most_common(1)[0][0]} twice.")
        for name in self.members:
            for _piece in self.pieces(name):
                pass
