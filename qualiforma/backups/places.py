"""Where backups lie: a folder, or a bucket of anything that speaks S3."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from qualiforma.backups.errors import BackupError
from qualiforma.folders import scratch_folder, sync, temporary_folder

SUMS = "SHA256SUMS"
PARTIAL = ".partial-"
_AWAY = (BotoCoreError, Boto3Error, ClientError)


@contextmanager
def new_folder(output: str, name: str) -> Iterator[Path]:
    """Yield a folder to fill; it gets its name, or is uploaded, when the block ends well.

    In a bucket the sums are uploaded last: without them there is no backup. What a killed backup left is
    removed first.
    """
    is_bucket = output.startswith("s3://")
    parent = Path(tempfile.gettempdir()) if is_bucket else Path(output)
    with ExitStack() as stack:
        try:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            scratch = scratch_folder(parent, f"{PARTIAL}{name}-", leavings=f"{PARTIAL}qualiforma-*")
            partial = stack.enter_context(scratch)
        except OSError as error:
            raise BackupError(f"{parent} cannot be written ({error.strerror}).") from error
        yield partial
        if is_bucket:
            _upload(partial, f"{output}/{name}")
        else:
            _sync(partial)
            partial.rename(parent / name)
            sync(parent)


@contextmanager
def existing(source: str) -> Iterator[Path]:
    """Yield the folder of a backup; one in a bucket is fetched first."""
    if not source.startswith("s3://"):
        yield Path(source)
        return
    with temporary_folder("backup") as folder:
        bucket, prefix = _parts(source)
        try:
            for page in (
                _client()
                .get_paginator("list_objects_v2")
                .paginate(Bucket=bucket, Prefix=f"{prefix}/")
            ):
                for one in page.get("Contents", []):
                    target = Path(folder, one["Key"].removeprefix(f"{prefix}/"))
                    if not target.resolve().is_relative_to(folder):
                        raise BackupError(f"{source} holds {one['Key']}, which is no backup's.")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _client().download_file(bucket, one["Key"], str(target))
        except _AWAY as error:
            raise BackupError(f"{source} cannot be read ({error}).") from error
        yield folder


def _upload(folder: Path, target: str) -> None:
    bucket, prefix = _parts(target)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != SUMS]
    try:
        for path in [*files, folder / SUMS]:
            _client().upload_file(str(path), bucket, f"{prefix}/{path.relative_to(folder)}")
    except _AWAY as error:
        raise BackupError(f"{target} cannot be written ({error}).") from error


def _parts(address: str) -> tuple[str, str]:
    bucket, *folders = address.removeprefix("s3://").split("/")
    prefix = "/".join(filter(None, folders))
    if not bucket or not prefix:
        raise BackupError(f"{address} names no place like s3://bucket/backups.")
    return bucket, prefix


def _client() -> Any:
    return boto3.client(
        "s3", endpoint_url=settings.S3_ENDPOINT or None, region_name=settings.S3_REGION or None
    )


def _sync(folder: Path) -> None:
    """Have the disk hold it all before its name says that it does."""
    for path in (*folder.rglob("*"), folder):
        sync(path)
