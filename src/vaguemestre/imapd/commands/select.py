"""SELECT and EXAMINE. RFC 9051 §6.3.2, RFC 9051 §6.3.3, RFC 3501 §6.3.1, RFC 7162 §3.1.2."""

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.examine import Examine
from vaguemestre.imap.commands.select import Select
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import SEEN, SeqNum


async def run(session: ClientSession, command: Select | Examine) -> Done:
    """Open a mailbox; the one that was open is left first, even when this one cannot be opened."""
    read_only = isinstance(command, Examine)
    if session.selected is not None:
        session.unselect()
        session.out.write(responses.ok(None, "The previous mailbox is left", codes.CLOSED))
    if command.condstore:
        session.enable("CONDSTORE")
    selected = await session.select(command.mailbox, read_only)
    session.out.write(_described(selected))
    return Done("Opened", codes.READ_ONLY if read_only else codes.READ_WRITE)


def _described(selected: Selected) -> bytes:
    opened = selected.opened
    mailbox = opened.mailbox
    pieces = [selected.flags_line(), responses.exists(len(selected.view)), responses.recent()]
    rows = opened.rows
    unseen = next((at for at, uid in enumerate(opened.uids, 1) if not rows[uid].flags & SEEN), None)
    if unseen is not None:
        pieces.append(responses.ok(None, "First unseen", codes.unseen(SeqNum(unseen))))
    pieces.append(responses.ok(None, "UIDs are valid", codes.uidvalidity(mailbox.uid_validity)))
    pieces.append(responses.ok(None, "Next UID", codes.uidnext(mailbox.uid_next)))
    pieces.append(selected.modseq_line())
    pieces.append(responses.ok(None, "Object identifier", codes.mailboxid(mailbox.id)))
    return b"".join(pieces)
