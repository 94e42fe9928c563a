"""What the URLs of CATENATE name: measured before anything is read, then read piece by piece. RFC 4469 §3.

Between the two nothing is held but the URL. A URL that names nothing the account can read, whatever the
reason, is BADURL (RFC 4469 §4.1): whether there is such a mailbox elsewhere is nobody's business.
"""

from collections.abc import AsyncIterator

from vaguemestre.imap import codes
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.url import MessageUrl, parse_url
from vaguemestre.imapd.outcome import CommandRefused
from vaguemestre.imapd.sections import Wanted, located
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mime.card import Card
from vaguemestre.service.mailboxes.quoting import Quoted
from vaguemestre.service.ports.vault import KeyDestroyedError


async def measured(session: ClientSession, url: bytes) -> int:
    """How many octets it names at most: header fields may be fewer. Raises CommandRefused, StoreBusyError."""
    _, value = await _found(session, url)
    return value.length if isinstance(value, Wanted) else len(value)


async def pieces(session: ClientSession, url: bytes) -> AsyncIterator[bytes]:
    """The octets, in pieces; of header fields the header at once. Raises CommandRefused, StoreBusyError."""
    quoted, value = await _found(session, url)
    if isinstance(value, bytes):
        yield value
        return
    octets = session.shared.mailboxes.quoting.octets(quoted, value.start, value.length)
    try:
        if value.filtered is not None:
            yield value.kept(b"".join([piece async for piece in octets]))
        elif value.length:
            async for piece in octets:
                yield piece
    except KeyDestroyedError:
        raise _bad(url, "The message is gone") from None


async def _found(session: ClientSession, url: bytes) -> tuple[Quoted, bytes | Wanted]:
    try:
        named = parse_url(url)
    except CommandSyntaxError as error:
        raise _bad(url, error.text) from None
    quoted = await _message(session, url, named)
    if quoted is None:
        raise _bad(url, "There is no such message")
    value = located(Card(quoted.card), named.section, named.partial)
    if value is None:
        raise _bad(url, "The message has no such section")
    return quoted, value


async def _message(session: ClientSession, url: bytes, named: MessageUrl) -> Quoted | None:
    where = named.mailbox
    if where is not None:
        return await session.shared.mailboxes.quoting.find(
            session.holder.id, where, named.uid_validity, named.uid
        )
    if session.selected is None:
        raise _bad(url, "No mailbox is open, and the URL names none")
    opened = session.selected.opened
    return await session.shared.mailboxes.quoting.find(session.holder.id, opened.mailbox.id, None, named.uid)


def _bad(url: bytes, text: str) -> CommandRefused:
    return CommandRefused(text, codes.badurl(url))
