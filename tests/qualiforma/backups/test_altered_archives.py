"""An archive altered anywhere is refused with a sentence, never a traceback, or reads as it was written."""

import random

import pytest

from qualiforma.backups.archive import MANIFEST, Archive, Writer
from qualiforma.backups.errors import BackupError

WRITTEN = {f"tables/{number}.copy": b"ligne\tvaleur\n" * 99 * number for number in (1, 2, 3)}
TRIES = 1500


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "acme.zip"
    writer = Writer(path)
    for name, content in WRITTEN.items():
        with writer.member(name) as member:
            member.write(content)
    writer.finish({"release": "1"})
    return path


def read(path):
    """Return what an archive holds, None where it is refused."""
    try:
        with Archive(path) as found:
            found.verify()
            return {name: b"".join(found.pieces(name)) for name in found.members}
    except BackupError:
        return None


def altered(content, random_source):
    """Return the bytes with one or some of them changed, or cut short."""
    changed = bytearray(content)
    if random_source.random() < 0.2:
        return bytes(changed[: random_source.randrange(len(changed))])
    for _ in range(random_source.choice((1, 1, 1, 5))):
        changed[random_source.randrange(len(changed))] = random_source.randrange(256)
    return bytes(changed)


def test_altered_anywhere(archive, tmp_path):
    assert read(archive) == WRITTEN
    content, random_source = archive.read_bytes(), random.Random(29)
    found = []
    for _ in range(TRIES):
        copy = tmp_path / "altered.zip"
        copy.write_bytes(altered(content, random_source))
        found.append(read(copy))
    assert all(one in (None, WRITTEN) for one in found)
    assert found.count(None) > TRIES / 2


@pytest.mark.parametrize("name", [MANIFEST, "tables/1.copy"])
def test_a_member_that_claims_to_be_encrypted(archive, name):
    content = bytearray(archive.read_bytes())
    directory = content.rindex(name.encode()) - 46  # of the last entry, its name's place
    content[directory + 8] |= 1
    archive.write_bytes(bytes(content))
    assert read(archive) is None
