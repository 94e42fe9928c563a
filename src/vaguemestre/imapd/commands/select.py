"""SELECT and EXAMINE. RFC 9051 §6.3.2, RFC 9051 §6.3.3, RFC 3501 §6.3.1, RFC 7162 §3.1.2.

With QRESYNC the client is told what it missed, as UID FETCH … (CHANGEDSINCE … VANISHED) would tell it:
RFC 7162 §3.2.5.
"""

from typing import Final

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.examine import Examine
from vaguemestre.imap.commands.fetch import FetchAttribute
from vaguemestre.imap.commands.select import Select
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.fetch_response import fetch_lines
from vaguemestre.imap.select_parameters import Resync
from vaguemestre.imap.sequence import MAX_NUMBER, SequenceSet
from vaguemestre.imapd.commands.fetch import ROWS_AT_ONCE
from vaguemestre.imapd.listing import described
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.output import Output
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import SEEN, SeqNum
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox

_EVERYTHING: Final = SequenceSet(((1, MAX_NUMBER),))
_CHANGES: Final = (FetchAttribute.UID, FetchAttribute.FLAGS, FetchAttribute.MODSEQ)


async def run(session: ClientSession, command: Select | Examine) -> Done:
    """Open a mailbox; the one that was open is left first, even when this one cannot be opened."""
    parameters = command.parameters
    if parameters.resync is not None and not session.place.qresync:
        raise CommandSyntaxError("QRESYNC wants ENABLE QRESYNC first")
    read_only = isinstance(command, Examine)
    if session.selected is not None:
        session.unselect()
        session.out.write(responses.ok(None, "The previous mailbox is left", codes.CLOSED))
    if parameters.condstore:
        session.enable("CONDSTORE")
    rev2 = session.place.rev2
    listed = await described(session, command.mailbox, command.mailbox) if rev2 else b""
    selected = await session.select(command.mailbox, read_only)
    # As it is now, before anything is waited for.
    told = _told(selected, rev2, numbers=not session.place.uid_only) + listed
    resync = parameters.resync
    if resync is None or resync.uid_validity != selected.opened.mailbox.uid_validity:
        session.out.write(told)
    else:
        try:
            vanished = await selected.vanished(resync.known or _EVERYTHING, resync.modseq, resync.match)
        except BaseException:
            session.unselect()  # RFC 9051 §6.3.2: a SELECT that fails leaves nothing open
            raise
        session.out.write(told + responses.vanished_earlier(vanished))
        await _tell_changes(session.out, selected, resync, uid_only=session.place.uid_only)
    return Done("Opened", codes.READ_ONLY if selected.read_only else codes.READ_WRITE)


async def _tell_changes(out: Output, selected: Selected, resync: Resync, *, uid_only: bool) -> None:
    """What appeared or changed among what the client knows."""
    seqnums, rows = selected.rows(resync.known or _EVERYTHING, by_uid=True)
    changed = [(n, row) for n, row in zip(seqnums, rows, strict=True) if row.modseq > resync.modseq]
    for start in range(0, len(changed), ROWS_AT_ONCE):
        part = changed[start : start + ROWS_AT_ONCE]
        part_seqnums, part_rows = [n for n, _ in part], [row for _, row in part]
        lines = fetch_lines(_CHANGES, part_seqnums, part_rows, selected.names, uid_only=uid_only)
        out.write(b"".join(lines))
        await out.drain()


def _told(selected: Selected, rev2: bool, numbers: bool) -> bytes:
    """IMAP4rev2 has neither RECENT nor UNSEEN: points 11 and 12 of RFC 9051 §E.

    UNSEEN is a message number, which UIDONLY forbids (RFC 9586 §3).
    """
    opened = selected.opened
    mailbox = opened.mailbox
    pieces = [selected.flags_line(), responses.exists(len(selected.view))]
    if not rev2:
        pieces += [responses.recent(), _first_unseen(opened) if numbers else b""]
    pieces.append(responses.ok(None, "UIDs are valid", codes.uidvalidity(mailbox.uid_validity)))
    pieces.append(responses.ok(None, "Next UID", codes.uidnext(mailbox.uid_next)))
    pieces.append(selected.modseq_line())
    pieces.append(responses.ok(None, "Object identifier", codes.mailboxid(mailbox.id)))
    return b"".join(pieces)


def _first_unseen(opened: OpenMailbox) -> bytes:
    rows = opened.rows
    unseen = next((at for at, uid in enumerate(opened.uids, 1) if not rows[uid].flags & SEEN), None)
    return b"" if unseen is None else responses.ok(None, "First unseen", codes.unseen(SeqNum(unseen)))
