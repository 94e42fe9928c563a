"""What every answer of the console carries: what a browser may do with it, and nothing more.

The policy of content allows our own files alone, no script or style inside a page, and nobody to frame us.
A page is never kept by a cache: the next person at that machine could read it. An answer may bring a
policy of its own, as the frame does that shows somebody's message.
"""

from email.utils import formatdate
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_ALWAYS: Final = {
    "content-security-policy": CONTENT,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_A_YEAR: Final = "max-age=31536000"


class SecurityHeaders:
    """Adds what the answer does not say itself; the last hand on every answer, errors included."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("date", formatdate(usegmt=True))  # RFC 9110 §6.6.1
                if scope["scheme"] == "https":
                    headers.setdefault("strict-transport-security", _A_YEAR)  # RFC 6797 §6.1
            await send(message)

        await self._application(scope, receive, with_headers)
