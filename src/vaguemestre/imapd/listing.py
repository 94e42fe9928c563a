"""How a mailbox looks in a LIST response, asked for by LIST or told by another command. RFC 9051 §7.3.1.

A name travels in any spelling and is kept in one, composed (RFC 9051 §5.1). A client of IMAP4rev2 that wrote
another than that one is told which it is, with OLDNAME: else it would look for its own in vain.
RFC 9051 §6.3.9.7.
"""

from contextlib import suppress

from vaguemestre.imap import responses
from vaguemestre.imapd.attributes import attributes
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.mailboxes.names import canonical, is_inferior
from vaguemestre.service.ports.store import StoreBusyError


async def described(session: ClientSession, supplied: str, old_name: str) -> bytes:
    """LIST for the mailbox that a client means by ``supplied``; empty when it is not there.

    OLDNAME stands in it when ``old_name`` is not the name it has.
    """
    name = canonical(supplied)
    mailboxes = await session.shared.mailboxes.of(session.holder.id)
    for mailbox in mailboxes:
        if mailbox.name == name:
            has_inferiors = any(is_inferior(other.name, name) for other in mailboxes)
            found = attributes(mailbox, has_inferiors=has_inferiors, tells_subscribed=True)
            return _listed(session, found, name, old_name)
    return b""


async def tell_respelt(session: ClientSession, supplied: str) -> None:
    """After a mailbox was made or added to: its name, when that is not how the client spelt it."""
    if session.place.rev2 and canonical(supplied) != supplied:
        await _tell(session, supplied, supplied)


async def tell_renamed(session: ClientSession, source: str, target: str) -> None:
    """After RENAME: the new name with the old one as it was spelt, when either was spelt otherwise."""
    if session.place.rev2 and (canonical(source) != source or canonical(target) != target):
        await _tell(session, target, source)


def tell_deleted(session: ClientSession, supplied: str) -> None:
    """After DELETE: which name is no more, when that is not how the client spelt it. RFC 9051 §6.3.5."""
    if session.place.rev2 and (name := canonical(supplied)) != supplied:
        session.out.write(_listed(session, ["\\NonExistent"], name, supplied))


async def _tell(session: ClientSession, supplied: str, old_name: str) -> None:
    # What the command did is done: a NO now would make the client do it again.
    with suppress(StoreBusyError):
        session.out.write(await described(session, supplied, old_name))


def _listed(session: ClientSession, found: list[str], name: str, old_name: str) -> bytes:
    old = None if old_name == name else old_name
    return responses.listed(found, name, utf8=session.place.utf8, old_name=old)
