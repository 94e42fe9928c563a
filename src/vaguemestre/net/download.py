"""A large file over HTTPS, into a file: bounded, no redirection followed. RFC 9110 §9.3.1.

Blocking, for a process of its own or a thread. The name that the server gives the file (RFC 6266 §4.3)
comes before the file: whoever has it already stops there.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import IO, Final
from urllib.request import HTTPSHandler, Request, build_opener

from vaguemestre.net.http import NoRedirection, is_safe

_PATIENCE: Final = 30.0  # seconds without an octet
_PIECE: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Offered:
    """What the server says of the file: its name, empty when it gives none, and when it was changed."""

    name: str
    modified_at: datetime | None


def download(
    url: str, into: Path, most: int, authorities: Path | None, wanted: Callable[[Offered], bool]
) -> Offered | None:
    """What was downloaded; None when it was not wanted. ``most`` octets at most. Raises OSError.

    ``authorities``: whose certificates the server may present; the system's when None.
    """
    if not is_safe(url):
        raise OSError("only https addresses are asked")
    context = ssl.create_default_context(cafile=authorities)
    opener = build_opener(NoRedirection, HTTPSHandler(context=context))
    try:
        with opener.open(Request(url), timeout=_PATIENCE) as answer:  # noqa: S310 (``is_safe`` has looked at it)
            offered = Offered(answer.headers.get_filename("") or "", _moment(answer.headers["Last-Modified"]))
            if not wanted(offered):
                return None
            with into.open("wb") as file:
                _copy(answer, file, most)
            expected = answer.headers["Content-Length"]
            if expected is not None and into.stat().st_size != int(expected):
                raise OSError("the answer was cut short")
    except (HTTPException, ValueError) as error:
        raise OSError(f"the answer makes no sense: {type(error).__name__}") from error
    return offered


def _copy(answer: IO[bytes], file: IO[bytes], most: int) -> None:
    taken = 0
    while piece := answer.read(_PIECE):
        taken += len(piece)
        if taken > most:
            raise OSError("the answer is too large")
        file.write(piece)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
