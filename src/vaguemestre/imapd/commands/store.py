r"""STORE and UID STORE. RFC 9051 §6.4.6.

The new flags are told for every message meant, unless ``.SILENT``; even then for one whose flags became
others than this client can work out, because somebody else changed them too.
"""

from vaguemestre.imap.commands.store import Store, StoreMode
from vaguemestre.imap.flags import split_flags
from vaguemestre.imapd.outcome import Done, not_announced, read_only
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.message_changes import FlagChange, FlagMode

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
    if command.unchanged_since is not None:
        raise not_announced("CONDSTORE")
    uids = selected.uids(command.messages, command.by_uid)
    system, keywords = split_flags(command.flags)
    change = FlagChange(_MODES[command.mode], system, keywords)
    before = {uid: row.flags for uid in uids if (row := selected.opened.rows.get(uid)) is not None}
    await selected.opened.store_flags(session.holder, uids, change)
    if not command.silent:
        selected.flags_changed(before)
        return Done("STORE completed")
    bits: int = system
    for keyword in keywords:
        bits |= selected.names.bit(keyword)
    rows = selected.opened.rows
    expected = (
        uid for uid, flags in before.items() if uid in rows and rows[uid].flags == change.applied(flags, bits)
    )
    selected.flags_told(expected)
    return Done("STORE completed")
