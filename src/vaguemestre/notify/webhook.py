"""Notifications by a webhook: one POST a holder, signed. RFC 9110 §9.3.3, HMAC of RFC 2104.

The body is JSON: ``id`` (the same when the same is sent again, as is Idempotency-Key), ``to`` (by what the
other system knows the holder), ``subject``, ``text``. ``Vaguemestre-Timestamp`` holds the seconds since 1970,
``Vaguemestre-Signature`` is ``v1=`` and the hexadecimal HMAC-SHA-256, under the shared secret, of the
timestamp, a dot and the body: whoever checks both and the age of the one knows that it is from here and now.

2yz: taken over. 410: nobody of that name, which is final. Anything else may be a mistake in the settings, and
is tried again.
"""

import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from vaguemestre.net.http import post
from vaguemestre.service.ports.notification import NotTold, Session, Telling

_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where, and the secret that the other side knows too. ``context`` verifies its certificate."""

    url: str
    secret: bytes
    context: ssl.SSLContext
    patience: float = 10.0

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A request a holder: there is no connection to keep."""
        yield self

    async def tell(self, telling: Telling) -> None:
        """Raises NotTold."""
        said = {"id": telling.key, "to": telling.to, "subject": telling.subject, "text": telling.text}
        body = json.dumps(said, ensure_ascii=False).encode()
        timestamp = str(int(telling.now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": f'"{telling.key}"',
            "Vaguemestre-Timestamp": timestamp,
            "Vaguemestre-Signature": f"v1={signature(self.secret, timestamp, body)}",
        }
        try:
            status = await post(self.url, body, headers, self.context, self.patience)
        except OSError as error:
            late = isinstance(error, TimeoutError)
            raise NotTold("no answer in time" if late else "no connection", is_cut=True) from error
        if status // 100 != 2:
            raise NotTold(str(status), is_final=status == _GONE, is_cut=status // 100 == 5)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Hexadecimal, for both sides."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
