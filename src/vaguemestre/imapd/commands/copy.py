"""COPY and MOVE. RFC 9051 §6.4.7, RFC 9051 §6.4.8; COPYUID is of RFC 4315 §3."""

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.copy import Copy
from vaguemestre.imap.commands.move import Move
from vaguemestre.imapd.outcome import CommandRefused, Done, read_only
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.mailboxes.refusals import MailboxRefused, Reason


async def run(session: ClientSession, command: Copy) -> Done:
    """Copy to the end of another mailbox, all or none."""
    selected = session.open
    uids = selected.uids(command.messages, command.by_uid)
    try:
        copied = await selected.opened.copy(session.holder, uids, command.mailbox, session.reader)
    except MailboxRefused as refused:
        raise try_create(refused) from None
    return Done("COPY completed", codes.copyuid(copied.uid_validity, copied.uids) if copied.uids else b"")


async def run_move(session: ClientSession, command: Move) -> Done:
    """Move to the end of another mailbox, all or none; COPYUID is told before the messages leave."""
    selected = session.open
    if selected.read_only:
        raise read_only()
    uids = selected.uids(command.messages, command.by_uid)
    try:
        moved = await selected.opened.move(session.holder, uids, command.mailbox, session.reader)
    except MailboxRefused as refused:
        raise try_create(refused) from None
    if moved.uids:
        session.out.write(responses.ok(None, "Moved", codes.copyuid(moved.uid_validity, moved.uids)))
    if moved.uids and session.place.qresync:  # as for EXPUNGE, RFC 7162 §3.2.7
        return Done("MOVE completed", codes.highestmodseq(selected.opened.modseq))
    return Done("MOVE completed")


def try_create(refused: MailboxRefused) -> Exception:
    """RFC 9051 §6.4.7: a target that is not there is TRYCREATE, so that the client may make it."""
    if refused.reason is Reason.NONEXISTENT:
        return CommandRefused(refused.text, codes.TRYCREATE)
    return refused
