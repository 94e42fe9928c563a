"""Notifications by mail, through a smart host: RFC 6409.

From nobody in particular: the null reverse-path (RFC 5321 §4.5.5) and Auto-Submitted (RFC 3834 §5), so that
neither a bounce nor a vacation reply comes back. What the smart host answers is remembered as its codes
alone: its texts like to repeat the address. 5yz of one recipient is final; of a session it is not, since
then the mistake is in the settings and not the holder's.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address as Named
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from vaguemestre.mail.address import Address
from vaguemestre.net.outgoing import OutgoingTls
from vaguemestre.service.ports.notification import NotTold, Session, Telling

_PATIENCE: Final = 20.0  # seconds: for each answer
_STATUS: Final = "245"


@dataclass(frozen=True, slots=True)
class SmartHost:
    """Where, how, and in whose name. ``context`` verifies the certificate and its name."""

    host: str
    port: int
    tls: OutgoingTls
    context: ssl.SSLContext
    sender: Address
    sender_name: str
    hostname: str
    user: str = ""
    password: str = ""
    patience: float = _PATIENCE

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """One connection. Raises NotTold when it does not come about."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls is OutgoingTls.IMPLICIT,
            start_tls=self.tls is OutgoingTls.STARTTLS,
            tls_context=self.context,
            username=self.user or None,
            password=self.password or None,
            local_hostname=self.hostname,
            timeout=self.patience,
        )
        try:
            try:
                await client.connect()
                await client.ehlo()  # what it offers under TLS and to whom it knows
            except (aiosmtplib.SMTPException, OSError) as error:
                raise NotTold(f"the smart host takes nothing: {_reason(error)}", is_cut=True) from error
            yield _SmartHostSession(client, self)
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        finally:
            client.close()


class _SmartHostSession:
    def __init__(self, client: aiosmtplib.SMTP, host: SmartHost) -> None:
        self._client = client
        self._host = host

    async def tell(self, telling: Telling) -> None:
        """One transaction. Raises NotTold."""
        wide = not telling.to.isascii()
        if wide and not self._client.supports_extension("smtputf8"):
            raise NotTold("the smart host takes addresses in ASCII alone", is_final=True)
        try:
            await self._client.mail("", options=["SMTPUTF8"] if wide else [])
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotTold(_reason(error), is_cut=True) from error
        try:
            await self._client.rcpt(telling.to, encoding="utf-8" if wide else "ascii")
            await self._client.data(_composed(telling, self._host, wide=wide))
        except aiosmtplib.SMTPResponseException as error:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.rset()
            final = error.code // 100 == 5
            raise NotTold(_reason(error), is_final=final, is_cut=not self._client.is_connected) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotTold(_reason(error), is_cut=True) from error


def _composed(telling: Telling, host: SmartHost, *, wide: bool) -> bytes:
    message = EmailMessage(policy=SMTPUTF8 if wide else SMTP)
    message["From"] = Named(host.sender_name, addr_spec=str(host.sender))
    message["To"] = telling.to
    message["Subject"] = telling.subject
    message["Date"] = format_datetime(telling.now)
    message["Message-ID"] = f"<{telling.key}@{host.hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{telling.text}\n", cte="quoted-printable")
    return message.as_bytes()


def _reason(error: Exception) -> str:
    """Codes, or the kind of failure; never the other side's words."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        status, _, _ = error.message.partition(" ")
        parts = status.split(".")
        enhanced = len(parts) == 3 and status[0] in _STATUS and all(part.isdigit() for part in parts)
        return f"{error.code} {status}" if enhanced else str(error.code)
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return "no answer in time"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return "the connection was cut"
    if isinstance(error.__cause__ or error, ssl.SSLError):
        return "its certificate is not to be trusted"
    return "no connection"
