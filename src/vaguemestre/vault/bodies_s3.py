"""Objects in an S3 bucket: for several machines, or more mail than one disk holds.

The bucket holds sealed octets only; its own encryption, versioning and replicas change nothing to who can
read them, nor to what destroying a key makes unreadable.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from vaguemestre.vault.bodies import object_path

_TIMEOUT: Final = timedelta(seconds=30)  # one request: 5 MiB on a poor line
_PAGE: Final = 500
_RETRIES: Final = 3  # obstore's own ten, over three minutes, would outlast the SMTP client's patience


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket. ``endpoint`` and ``region`` as the provider says; ``prefix`` ends without a slash."""

    bucket: str
    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"
    prefix: str = ""


class S3Bodies:
    """Objects in a bucket. What S3 refuses is an OSError here, as a disk's failures are."""

    def __init__(self, place: S3Place) -> None:
        self._store = S3Store(
            place.bucket,
            endpoint=place.endpoint,
            region=place.region,
            access_key_id=place.access_key,
            secret_access_key=place.secret_key,
            prefix=place.prefix or None,
            virtual_hosted_style_request=False,
            client_options={"timeout": _TIMEOUT, "allow_http": place.endpoint.startswith("http://")},
            retry_config={"max_retries": _RETRIES, "retry_timeout": 3 * _TIMEOUT},
        )

    async def keep(self, file: Path, location: str) -> None:
        """Upload the file, then remove it."""
        with _errors():
            await obstore.put_async(self._store, object_path(location), file)
        await asyncio.to_thread(file.unlink, missing_ok=True)

    async def read(self, location: str, start: int, end: int) -> bytes:
        """A ranged GET."""
        with _errors():
            return bytes(
                await obstore.get_range_async(self._store, object_path(location), start=start, end=end)
            )

    async def copy(self, location: str, take: Callable[[bytes], object]) -> None:
        """All of an object, piece by piece. Raises FileNotFoundError, OSError."""
        with _errors():
            found = await obstore.get_async(self._store, object_path(location))
            async for piece in found.stream():
                take(bytes(piece))

    async def remove(self, locations: Sequence[str]) -> None:
        """One bulk request."""
        if not locations:
            return
        try:
            with _errors():
                await obstore.delete_async(self._store, [object_path(location) for location in locations])
        except FileNotFoundError:
            # One missing object fails the request on some servers; the others are removed one by one.
            for location in locations:
                await self._remove_one(location)

    async def older(self, before: datetime) -> AsyncIterator[list[str]]:
        """One list for each page of the bucket's listing."""
        with _errors():
            async for page in obstore.list(self._store, chunk_size=_PAGE):
                yield [found["path"].replace("/", "", 1) for found in page if found["last_modified"] < before]

    async def _remove_one(self, location: str) -> None:
        try:
            with _errors():
                await obstore.delete_async(self._store, object_path(location))
        except FileNotFoundError:
            return


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise OSError("the object store did not do what was asked") from error
