"""The two kinds of storage: a folder, and a bucket of a real server that speaks S3."""

from functools import cache

import boto3
import pytest
from botocore.loaders import create_loader
from moto.server import ThreadedMotoServer

from qualiforma import buckets, deadlines
from qualiforma.files import remove_below


@pytest.fixture(scope="session")
def bucket():
    """A bucket of a server that speaks S3; what reads its keys is told them as usual."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        # Each test has a client of its own; the description of S3 is read once.
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        options = {"endpoint_url": f"http://{host}:{port}", "region_name": "eu-west-3"}
        boto3.client("s3", **options).create_bucket(
            Bucket="files", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
        )
        yield options | {"bucket_name": "files", "file_overwrite": False, "default_acl": None}
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def each_storage(request, settings, tmp_path, monkeypatch):
    """What asks for it holds for both kinds of storage.

    The server's threads are of the tests' own process: on a busy machine an answer takes its time.
    """
    monkeypatch.setattr(deadlines, "CONNECT_SECONDS", 60.0)
    for name in ("READ_SECONDS", "QUESTION_SECONDS", "CONTENT_SECONDS"):
        monkeypatch.setattr(buckets, name, 120.0)
    kind = {"BACKEND": "qualiforma.folders.FolderStorage"}
    options = {"location": tmp_path}
    if request.param == "bucket":
        kind = {"BACKEND": "qualiforma.buckets.BucketStorage"}
        options = request.getfixturevalue("bucket")
    settings.STORAGES = settings.STORAGES | {"default": kind | {"OPTIONS": options}}
    yield request.param
    remove_below("tenants")
