"""GET and POST over HTTPS, for the few things asked or told now and then: keys, lists. RFC 9110 §9.3.1.

The standard library's client in a thread: a request now and then deserves no library of its own. What comes
is bounded, redirections are not followed, and http without TLS is for this machine alone.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import IO, Final, NamedTuple, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from vaguemestre.net.loopback import is_loopback

_MOST: Final = 1024 * 1024  # octets of an answer
_PATIENCE: Final = 10.0  # seconds
_LONGEST: Final = 120.0  # seconds for a large answer in all
_PIECE: Final = 64 * 1024  # octets


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


class Version(NamedTuple):
    """What a server calls what it gave: RFC 9110 §8.8. Empty where it says nothing."""

    etag: str
    modified: str


NEVER_SEEN: Final = Version("", "")


class Changed(NamedTuple):
    """Another content than the version that was asked about."""

    content: bytes
    version: Version


async def get_changed(url: str, context: ssl.SSLContext, most: int, since: Version) -> Changed | None:
    """The content, unless it is still that version (RFC 9110 §13.1.2, RFC 9110 §13.1.3). Raises OSError."""
    _require_https(url)
    asked = {"If-None-Match": since.etag, "If-Modified-Since": since.modified}
    request = Request(url, headers={name: value for name, value in asked.items() if value})  # noqa: S310 (checked)
    return await asyncio.to_thread(_changed, request, context, most)


async def get_signed(url: str, most: int) -> bytes:
    """What needs no TLS, being signed and verified by who asks: http or https, ``most`` octets. OSError."""
    _require_web(url)
    return await asyncio.to_thread(_read, Request(url), most)  # noqa: S310 (checked)


async def post_signed(
    url: str, content: bytes, content_type: str, most: int, authorization: str | None = None
) -> bytes:
    """The answer to what is posted, which is signed as in ``get_signed``; a secret needs TLS. OSError."""
    fields = {"Content-Type": content_type}
    if authorization is None:
        _require_web(url)
    else:
        _require_https(url)
        fields["Authorization"] = authorization
    request = Request(url, content, fields, method="POST")  # noqa: S310 (checked)
    return await asyncio.to_thread(_read, request, most)


async def post_json(url: str, content: bytes, authorization: str | None) -> bytes:
    """The answer to JSON that is posted (RFC 9110 §9.3.3). Raises OSError, whatever was wrong with it."""
    _require_https(url)
    fields = {"Content-Type": "application/json", "Accept": "application/json"}
    if authorization is not None:
        fields["Authorization"] = authorization
    return await asyncio.to_thread(_read, Request(url, content, fields, method="POST"))  # noqa: S310 (checked)


async def post_form(url: str, content: bytes, authorization: str | None) -> bytes:
    """The answer to a form that is posted. Raises PermissionError when it is refused (4xx), and OSError."""
    _require_https(url)
    fields = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
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
    except HTTPError as error:
        with error:
            said = f"the server answers {error.code}"
            is_refused = HTTPStatus.BAD_REQUEST <= error.code < HTTPStatus.INTERNAL_SERVER_ERROR
            raise (PermissionError(said) if is_refused else OSError(said)) from error
    except URLError as error:  # as it is, the system's own PermissionError would be taken for a refusal
        raise OSError(str(error.reason)) from error
    except (HTTPException, ValueError) as error:
        raise OSError(f"the answer makes no sense: {type(error).__name__}") from error
    if len(content) > most:
        raise OSError("the answer is too large")
    return content


def _changed(request: Request, context: ssl.SSLContext, most: int) -> Changed | None:
    opener = build_opener(NoRedirection, HTTPSHandler(context=context))
    try:
        with opener.open(request, timeout=_PATIENCE) as answer:
            version = Version(answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
            content = _within(answer, most, time.monotonic() + _LONGEST)
    except HTTPError as error:
        with error:
            if error.code == HTTPStatus.NOT_MODIFIED:
                return None
        raise OSError(f"the server answers {error.code}") from error
    except URLError as error:
        raise error.reason if isinstance(error.reason, OSError) else OSError("no connection") from error
    except (HTTPException, ValueError) as error:
        raise OSError(f"the answer makes no sense: {type(error).__name__}") from error
    return Changed(content, version)


def _within(answer: HTTPResponse, most: int, until: float) -> bytes:
    """The whole answer, however slowly it comes, but for one that drips to hold us."""
    content = bytearray()
    while piece := answer.read1(_PIECE):
        content += piece
        if len(content) > most:
            raise OSError("the answer is too large")
        if time.monotonic() > until:
            raise TimeoutError("the answer takes too long")
    if answer.length:
        raise OSError("the answer was cut short")
    return bytes(content)


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
