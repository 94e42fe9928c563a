r"""STORE and UID STORE. RFC 9051 §6.4.6; UNCHANGEDSINCE is of RFC 7162 §3.1.3.

The new flags are told for every message meant, unless ``.SILENT``; even then for one whose flags became
others than this client can work out, because somebody else changed them too or because they are not its to
change. A client that knows CONDSTORE
is told the new MODSEQ in any case.
"""

from collections.abc import Iterable

from vaguemestre.imap import codes
from vaguemestre.imap.commands.store import Store, StoreMode
from vaguemestre.imap.flags import split_flags
from vaguemestre.imapd.outcome import CommandRefused, Done, read_only
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import FlagSet, ModSeq, Uid
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode

_MODES = {
    StoreMode.REPLACE: FlagMode.REPLACE,
    StoreMode.ADD: FlagMode.ADD,
    StoreMode.REMOVE: FlagMode.REMOVE,
}


async def run(session: ClientSession, command: Store) -> Done:
    """Change flags, durably, then tell them."""
    selected = session.open
    if selected.read_only:
        raise read_only()
    uids = selected.uids(command.messages, command.by_uid)
    system, keywords = split_flags(command.flags)
    since = None if command.unchanged_since is None else ModSeq(command.unchanged_since)
    change = FlagChange(_MODES[command.mode], system, keywords, since)
    before = {uid: row.flags for uid in uids if (row := selected.opened.rows.get(uid)) is not None}
    stored = await selected.opened.store_flags(session.holder, uids, change, session.reader)
    if not command.silent:
        selected.flags_changed(stored)
    else:
        expected = frozenset(_expected(selected, change, {uid: before[uid] for uid in stored}))
        selected.flags_told(expected)
        selected.flags_changed(stored - expected)
        selected.modseqs_changed(stored)
    return _done(selected, command, [uid for uid in uids if uid not in stored])


def _expected(selected: Selected, change: FlagChange, before: dict[Uid, FlagSet]) -> Iterable[Uid]:
    """Those whose flags are now what the client makes them out to be."""
    bits: int = change.system
    for keyword in change.keywords:
        bits |= selected.names.bit(keyword)
    rows = selected.opened.rows
    return [
        uid for uid, flags in before.items() if uid in rows and rows[uid].flags == change.applied(flags, bits)
    ]


def _done(selected: Selected, command: Store, failed: list[Uid]) -> Done:
    """RFC 7162 §3.1.3: MODIFIED names what was left alone, with OK when it is still there, else with NO."""
    if command.unchanged_since is None or not failed:
        return Done("STORE completed")
    selected.flags_changed(failed)
    modified = codes.modified(failed if command.by_uid else filter(None, map(selected.view.seqnum, failed)))
    if all(uid in selected.opened.rows for uid in failed):
        return Done("Some of these messages were changed meanwhile", modified)
    raise CommandRefused("Some of these messages are gone", modified)
