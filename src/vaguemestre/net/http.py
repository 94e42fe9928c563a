"""GET and POST over HTTPS, for the few things that are asked now and then: keys, lists. RFC 9110 §9.3.1.

The standard library's client in a thread: a request an hour deserves no library of its own. What comes is
bounded, redirections are not followed, and http without TLS is for this machine alone.
"""

import asyncio
from email.message import Message
from http.client import HTTPException
from typing import IO, Final, NoReturn
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from vaguemestre.net.loopback import is_loopback

_MOST: Final = 1024 * 1024  # octets of an answer
_PATIENCE: Final = 10.0  # seconds


class _NoRedirection(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> NoReturn:
        raise OSError(f"it redirects ({code}), which is not followed")


async def get(url: str) -> bytes:
    """The content of an address. Raises OSError, whatever was wrong with it."""
    _require_https(url)
    return await asyncio.to_thread(_read, Request(url))  # noqa: S310 (checked)


async def post_json(url: str, content: bytes, authorization: str | None) -> bytes:
    """The answer to JSON that is posted (RFC 9110 §9.3.3). Raises OSError, whatever was wrong with it."""
    _require_https(url)
    fields = {"Content-Type": "application/json", "Accept": "application/json"}
    if authorization is not None:
        fields["Authorization"] = authorization
    return await asyncio.to_thread(_read, Request(url, content, fields, method="POST"))  # noqa: S310 (checked)


def _require_https(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise OSError("only https addresses are asked")


def _read(request: Request) -> bytes:
    try:
        with build_opener(_NoRedirection).open(request, timeout=_PATIENCE) as answer:
            content: bytes = answer.read(_MOST + 1)
    except (HTTPException, ValueError) as error:
        raise OSError(f"the answer makes no sense: {type(error).__name__}") from error
    if len(content) > _MOST:
        raise OSError("the answer is too large")
    return content
