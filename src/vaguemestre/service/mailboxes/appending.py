"""Messages that a client uploads: read and spooled as they arrive, sealed, filed. RFC 9051 §6.3.12.

Nothing can tell an uploaded message from a new one: it begins a retention of its own, and belongs to no
conversation, whatever it replaces (RFC 8508 §1). The wish of its sender goes with it: who downloads a letter
and uploads it again does not rid it of Expires (RFC 4021 §2.1.50).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from vaguemestre.mail.access import Deed
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.mailbox import FlagSet, Uid
from vaguemestre.mime.reader import MessageReader
from vaguemestre.service.access.reading_for import note, place_of, require
from vaguemestre.service.held.cancelling import cancel_removed
from vaguemestre.service.mailboxes.changes import (
    Copied,
    Selection,
    keyword_bits,
    require_room,
    target_mailbox,
)
from vaguemestre.service.mailboxes.refusals import MailboxRefused, Reason
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.vault import SealedBody, Spool, Vault
from vaguemestre.service.sign_in.outcome import Reader

MANY_APPENDED: Final = 10  # a row and its sealed body take some 100 µs


class Appending:
    """One message on its way into a mailbox: octets are read and spooled as they arrive, part by part."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.announced = 0  # octets it will have at most, as far as that is known
        self.counted = 0  # parts of it that are among them
        self.taken = 0  # parts whose octets are there, or come next
        self.expires: datetime | None = None  # its Expires, once the card is made
        self._reader = MessageReader()
        self._problem: OSError | None = None

    def feed(self, octets: bytes) -> None:
        """Take the next octets. Never raises: the client cannot listen before it has sent them all."""
        if self._problem is not None:
            return
        try:
            self.spool.feed(octets)
        except OSError as error:
            self._problem = error
            self.spool.discard()
            return
        self._reader.feed(octets)

    def count(self, octets: int) -> None:
        """One more part is announced."""
        self.announced += octets
        self.counted += 1

    def card(self, is_binary: bool = False) -> bytes:
        """The card of the whole message, once it is all there. Raises MailboxRefused, OSError.

        CANNOT when there is nothing, and for NUL octets. ``is_binary`` says that they may travel so; but no
        mailbox keeps them, because a client that fetches the message with BODY could not be sent them:
        UNKNOWN-CTE (RFC 3516 §4.4).
        """
        if self._problem is not None:
            raise self._problem
        if not self.spool.size:
            raise MailboxRefused(Reason.CANNOT, "A message is never empty")
        read = self._reader.finish()
        if read.facts.has_nul:  # RFC 9051 §4.3: a literal that is not literal8 holds none
            reason = Reason.UNKNOWN_CTE if is_binary else Reason.CANNOT
            raise MailboxRefused(reason, "The message holds NUL octets")
        self.expires = read.facts.expires
        return read.card

    def discard(self) -> None:
        """Forget the octets. May be called twice."""
        self.spool.discard()


@dataclass(frozen=True, slots=True)
class Appended:
    """One message that is whole, and how it is to be filed; ``is_binary`` as ``Appending.card`` says."""

    message: Appending
    flags: FlagSet
    keywords: tuple[str, ...]
    date: datetime | None
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """One message that can be filed; ``keywords`` are not among the flags of ``new`` yet."""

    body: SealedBody
    new: NewMessage
    keywords: tuple[str, ...]


async def seal_message(vault: Vault, bal: Bal, one: Appended, now: datetime) -> SealedMessage:
    """Raises MailboxRefused and OSError as ``Appending.card``, and what the vault raises."""
    body = await vault.seal(bal.id, one.message.spool, one.message.card(one.is_binary), now)
    date = int((one.date or now).timestamp())
    wish = one.message.expires
    expires = wish if wish is not None and wish > now else None
    new = NewMessage(body.id, one.flags, body.size, date, None, now, expires)
    return SealedMessage(body, new, one.keywords)


def file_sealed(
    tx: Transaction,
    bal: Bal,
    name: str,
    sealed: Sequence[SealedMessage],
    by: Reader | None,
    now: datetime,
    leaving: int = 0,
) -> Copied:
    """File in the mailbox of that name, where ``leaving`` octets are let go of by the same unit.

    Raises MailboxRefused (NONEXISTENT, NOPERM, OVERQUOTA, LIMIT).
    """
    target = target_mailbox(tx, bal, name)
    require(tx, bal.id, by, Deed.FILE, now, place_of(target))
    note(tx, bal.id, by, Deed.FILE, now, len(sealed), detail={"mailbox": str(target.id)})
    require_room(tx, bal, sum(one.new.size for one in sealed) - leaving)
    messages = []
    for one in sealed:
        tx.messages.add_body(one.body, one.new.filed_at)
        flags = FlagSet(one.new.flags | keyword_bits(tx, bal, one.keywords))
        messages.append(replace(one.new, flags=flags))
    rows = tx.messages.file(target.id, messages)
    return Copied(target.id, target.uid_validity, tuple((Uid(0), row.uid) for row in rows))


def replace_by_sealed(
    tx: Transaction, selection: Selection, name: str, sealed: Sequence[SealedMessage]
) -> Copied:
    """File, and expunge what is selected. Raises as ``file_sealed``, and EXPUNGEISSUED when it is gone."""
    selection.require(tx, Deed.DELETE)
    rows = selection.current(tx).rows
    if len(rows) < len(selection.rows) or not rows:
        raise MailboxRefused(Reason.EXPUNGE_ISSUED, "The message to be replaced is gone")
    leaving = sum(row.size for row in rows.values())
    filed = file_sealed(tx, selection.bal, name, sealed, selection.by, selection.now, leaving)
    cancel_removed(tx, selection.mailbox, sorted(rows), selection.actor, selection.now)
    tx.messages.remove(selection.mailbox, sorted(rows), selection.now)
    selection.note(tx, Deed.DELETE, len(rows))
    return filed
