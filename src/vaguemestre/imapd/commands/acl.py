"""MYRIGHTS, GETACL and LISTRIGHTS, and SETACL and DELETEACL, always refused. RFC 4314 §3.

Every account has its own mailboxes and nobody else's: what is told is what the holder can really do, and to
whoever else is asked about, that nothing can be granted.
"""

from vaguemestre.imap import codes, responses, rights
from vaguemestre.imap.commands.deleteacl import DeleteAcl
from vaguemestre.imap.commands.getacl import GetAcl
from vaguemestre.imap.commands.listrights import ListRights
from vaguemestre.imap.commands.myrights import MyRights
from vaguemestre.imap.commands.setacl import SetAcl
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.access import Deed, Place
from vaguemestre.mail.mailbox import ACCESS_HISTORY
from vaguemestre.policy.access import may
from vaguemestre.service.access.reading_for import not_allowed, place_of
from vaguemestre.service.mailboxes.names import canonical, may_have_inferiors, may_leave
from vaguemestre.service.mailboxes.refusals import nonexistent
from vaguemestre.service.sign_in.outcome import Reader


async def run_myrights(session: ClientSession, command: MyRights) -> Done:
    """What the holder may do."""
    own = await _own(session, command.mailbox)
    session.out.write(responses.my_rights(command.mailbox, own, utf8=session.place.utf8))
    return Done("MYRIGHTS completed")


async def run_getacl(session: ClientSession, command: GetAcl) -> Done:
    """The holder, and nobody else; a reader does not administer, and is not told (RFC 4314 §3.3)."""
    own = await _own(session, command.mailbox)
    _require_holder(session)
    entries = [(str(session.holder.address), own)]
    session.out.write(responses.acl(command.mailbox, entries, utf8=session.place.utf8))
    return Done("GETACL completed")


async def run_listrights(session: ClientSession, command: ListRights) -> Done:
    """The holder always has all there are; others cannot be given any."""
    own = await _own(session, command.mailbox)
    _require_holder(session)
    is_holder = command.identifier.casefold() == str(session.holder.address).casefold()
    always = own if is_holder else b""
    session.out.write(
        responses.list_rights(command.mailbox, command.identifier, always, utf8=session.place.utf8)
    )
    return Done("LISTRIGHTS completed")


async def run_change(session: ClientSession, command: SetAcl | DeleteAcl) -> Done:
    """Never done."""
    await _own(session, command.mailbox)
    raise CommandRefused("Mailboxes are not shared here: rights cannot be changed", codes.CANNOT)


async def _own(session: ClientSession, mailbox: str) -> bytes:
    if not await session.shared.mailboxes.exists(session.holder.id, mailbox):
        raise nonexistent()
    if canonical(mailbox) == ACCESS_HISTORY:
        return rights.READING if session.reader is None else rights.LOOKING
    if session.reader is not None:
        return await _of_reader(session, session.reader, mailbox)
    return rights.of_holder(inferiors=may_have_inferiors(mailbox), leaves=may_leave(mailbox))


async def _of_reader(session: ClientSession, reader: Reader, mailbox: str) -> bytes:
    found = await session.shared.mailboxes.status(session.holder.id, [mailbox])
    place = place_of(found[0][0]) if found[0] is not None else Place.OTHER
    may_do = {deed for deed in Deed if may(reader.rights, deed, place)}
    return rights.of_reader(
        marks=Deed.MARK in may_do,
        files=Deed.FILE in may_do,
        deletes=Deed.DELETE in may_do,
        shapes=Deed.SHAPE in may_do,
        inferiors=may_have_inferiors(mailbox),
        leaves=may_leave(mailbox),
    )


def _require_holder(session: ClientSession) -> None:
    if session.reader is not None:
        raise not_allowed()
