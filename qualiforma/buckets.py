"""Files in a bucket: django-storages' way to it, in calls that end in time and say when it is away.

Loaded only where a bucket is configured: boto3 is heavy.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from errno import ENOENT
from typing import IO, Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3File, S3Storage
from storages.utils import clean_name
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

from qualiforma import deadlines
from qualiforma.outages import StorageAwayError

# For one answer; for a question and its answer, tried again included; for a file's content.
READ_SECONDS, QUESTION_SECONDS, CONTENT_SECONDS = 5.0, 10.0, 20.0
LIST_SECONDS = 300.0  # by commands and nightly jobs, thousands of names
# A bucket that gave no answer is not asked again for that long: each call would hold its process.
PAUSE_SECONDS = 5.0
IN_MEMORY_BYTES = 1024 * 1024
GONE = frozenset({"404", "NoSuchKey"})


class _Connects:
    """Connects by a socket that ends with the call, and fails as urllib3's own connections do."""

    def _new_conn(self: Any) -> deadlines.Socket:
        try:
            found = deadlines.connect(self._dns_host, self.port)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "The bucket took no connection in time") from error
        except deadlines.LookUpError as error:
            raise NameResolutionError(self.host, self, error) from error
        except OSError as error:
            raise NewConnectionError(self, f"No connection to the bucket: {error}") from error
        found.settimeout(self.timeout)
        for option in self.socket_options or ():
            found.setsockopt(*option)
        return found


class _Connection(_Connects, AWSHTTPConnection):
    pass


class _EncryptedConnection(_Connects, AWSHTTPSConnection):
    def connect(self) -> None:
        self.ssl_context.sslsocket_class = deadlines.TLSSocket
        super().connect()


# urllib3's own place to say which connections a pool makes; botocore makes its pools by itself.
AWSHTTPConnectionPool.ConnectionCls = _Connection
AWSHTTPSConnectionPool.ConnectionCls = _EncryptedConnection


class BucketFile(S3File):
    """A stored file; its content is fetched as a whole when it is first read."""

    def _fetch(self) -> IO[bytes]:
        with self._storage.asking(CONTENT_SECONDS):
            content: IO[bytes] = self._get_file()
            return content

    file = S3File.file.getter(_fetch)


class BucketStorage(S3Storage):
    """A bucket of anything that speaks S3.

    Errors: of every method, `StorageAwayError` where the bucket does not do what is asked.
    """

    # Until then a bucket that gave no answer is left alone, by this process.
    _paused_until = 0.0

    @contextmanager
    def asking(self, seconds: float) -> Iterator[None]:
        """Bound a call in time and translate its failures.

        Errors: `FileNotFoundError` for a key without a file; `StorageAwayError` for whatever else
        the bucket, or the way to it, does instead of what was asked.
        """
        if time.monotonic() < self._paused_until:
            raise StorageAwayError("paused after a call without an answer")
        try:
            with deadlines.whole_call(seconds):
                yield
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in GONE:
                raise FileNotFoundError(ENOENT, "no such file in the bucket") from error
            code = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            raise StorageAwayError(f"refused with {code}") from error
        except (BotoCoreError, Boto3Error, RetriesExceededError, HTTPError, TimeoutError) as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            raise StorageAwayError(type(error).__name__) from error

    def get_default_settings(self) -> dict[str, Any]:
        usual: dict[str, Any] = super().get_default_settings()
        return usual | {
            "client_config": Config(
                connect_timeout=deadlines.CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": 2, "mode": "standard"},
            ),
            # On the thread that asked, whose limit of time it is.
            "transfer_config": TransferConfig(use_threads=False, num_download_attempts=2),
            "max_memory_size": IN_MEMORY_BYTES,
        }

    def _open(self, name: str, mode: str = "rb") -> BucketFile:
        with self.asking(QUESTION_SECONDS):
            return BucketFile(self._normalize_name(clean_name(name)), mode, self)

    def save(self, name: str | None, content: IO[Any], max_length: int | None = None) -> str:
        with self.asking(CONTENT_SECONDS):
            saved: str = super().save(name, content, max_length=max_length)
            return saved

    def delete(self, name: str) -> None:
        with self.asking(QUESTION_SECONDS):
            super().delete(name)

    def exists(self, name: str) -> bool:
        with self.asking(QUESTION_SECONDS):
            found: bool = super().exists(name)
            return found

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with self.asking(LIST_SECONDS):
            found: tuple[list[str], list[str]] = super().listdir(path)
            return found

    def size(self, name: str) -> int:
        with self.asking(QUESTION_SECONDS):
            found: int = super().size(name)
            return found

    def get_modified_time(self, name: str) -> datetime:
        with self.asking(QUESTION_SECONDS):
            found: datetime = super().get_modified_time(name)
            return found
