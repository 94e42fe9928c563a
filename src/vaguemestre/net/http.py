"""GET and POST over HTTPS, for the few things asked or told now and then: keys, lists. RFC 9110 §9.3.1.

The standard library's client in a thread: a request now and then deserves no library of its own. What comes
is bounded, redirections are not followed, and http without TLS is for this machine alone.
"""

import asyncio
import ssl
from collections.abc import Mapping
from email.message import Message
from http.client import HTTPException
from typing import IO, Final, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from vaguemestre.net.loopback import is_loopback

_MOST: Final = 1024 * 1024  # octets of an answer
_PATIENCE: Final = 10.0  # seconds


class NoRedirection(HTTPRedirectHandler):
    """What is asked for comes from where it was asked, or not at all."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> NoReturn:
        """Raises OSError."""
        raise OSError(f"it redirects ({code}), which is not followed")


async def get(url: str) -> bytes:
    """The content of an address. Raises OSError, whatever was wrong with it."""
    _require_https(url)
    return await asyncio.to_thread(_read, Request(url))  # noqa: S310 (checked)


async def get_signed(url: str, most: int) -> bytes:
    """What needs no TLS, being signed and verified by who asks: http or https, ``most`` octets. OSError."""
    _require_web(url)
    return await asyncio.to_thread(_read, Request(url), most)  # noqa: S310 (checked)


async def post_signed(url: str, content: bytes, content_type: str, most: int) -> bytes:
    """The answer to what is posted, which is signed as in ``get_signed``. Raises OSError."""
    _require_web(url)
    request = Request(url, content, {"Content-Type": content_type}, method="POST")  # noqa: S310 (checked)
    return await asyncio.to_thread(_read, request, most)


async def post_json(url: str, content: bytes, authorization: str | None) -> bytes:
    """The answer to JSON that is posted (RFC 9110 §9.3.3). Raises OSError, whatever was wrong with it."""
    _require_https(url)
    fields = {"Content-Type": "application/json", "Accept": "application/json"}
    if authorization is not None:
        fields["Authorization"] = authorization
    return await asyncio.to_thread(_read, Request(url, content, fields, method="POST"))  # noqa: S310 (checked)


async def post(
    url: str, body: bytes, headers: Mapping[str, str], context: ssl.SSLContext, patience: float = _PATIENCE
) -> int:
    """The status of the answer, which is read no further. Raises OSError; TimeoutError when none came."""
    _require_https(url)
    request = Request(url, body, dict(headers))  # noqa: S310 (``is_safe`` has looked at its scheme)
    async with asyncio.timeout(patience):
        return await asyncio.to_thread(_post, request, context, patience)


def is_safe(url: str) -> bool:
    """Whether it is https, or stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _require_https(url: str) -> None:
    if not is_safe(url):
        raise OSError("only https addresses are asked")


def is_web(url: str) -> bool:
    """Whether it is an http or https address of a host."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _require_web(url: str) -> None:
    if not is_web(url):
        raise OSError("only http and https addresses are asked")


def _read(request: Request, most: int = _MOST) -> bytes:
    try:
        with build_opener(NoRedirection).open(request, timeout=_PATIENCE) as answer:
            content: bytes = answer.read(most + 1)
    except (HTTPException, ValueError) as error:
        raise OSError(f"the answer makes no sense: {type(error).__name__}") from error
    if len(content) > most:
        raise OSError("the answer is too large")
    return content


def _post(request: Request, context: ssl.SSLContext, patience: float) -> int:
    opener = build_opener(NoRedirection, HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=patience) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        with error:
            return error.code
    except URLError as error:
        raise error.reason if isinstance(error.reason, OSError) else OSError("no connection") from error
    except (HTTPException, ValueError) as error:
        raise OSError(f"the answer makes no sense: {type(error).__name__}") from error
