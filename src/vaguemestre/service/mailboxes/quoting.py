"""Messages quoted in one that is being made: found by mailbox and UID, read by stretches. RFC 4469 §3."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId, Uid, UidValidity
from vaguemestre.service.mailboxes.names import canonical
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDestroyedError, SealedBody, Vault


class Quoted(NamedTuple):
    """One message: its sealed octets, and its card in clear."""

    body: SealedBody
    card: bytes


class Quoting:
    """Reads one bal's messages, whichever mailbox is open."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def find(
        self, bal: BalId, where: str | MailboxId, uid_validity: UidValidity | None, uid: Uid
    ) -> Quoted | None:
        """The message of a mailbox named, or known by its number; None when it is not there, or no longer.

        With ``uid_validity`` the mailbox must have that very one. Raises StoreBusyError.
        """

        def unit(tx: Transaction) -> SealedBody | None:
            if isinstance(where, str):
                mailbox = tx.mailboxes.by_name(bal, canonical(where))
            else:
                mailbox = tx.mailboxes.by_id(where)
            if mailbox is None or mailbox.bal != bal or uid_validity not in {None, mailbox.uid_validity}:
                return None
            row = tx.messages.row(mailbox.id, uid)
            return tx.messages.body(row.body) if row is not None else None

        body = await self._store.read(unit)
        try:
            return Quoted(body, self._vault.open_card(body)) if body is not None else None
        except KeyDestroyedError:
            return None

    def octets(self, quoted: Quoted, start: int, length: int) -> AsyncIterator[bytes]:
        """A stretch in clear, in pieces of at most 64 KiB. Raises KeyDestroyedError."""
        return self._vault.open_octets(quoted.body, start, length)
