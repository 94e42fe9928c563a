"""Erasure at once, on the holder's express request, and the certificate of it. domain.md §2 (CSP R1111-36).

Keys go first, all of them: from that moment nothing of the mailbox opens, in any backup of the messages. The
rows follow in steps, which a crash may part. The certificate is made when nothing is left, and the journal
keeps it.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.ins import InsSyntaxError, parse_ins
from vaguemestre.service.accounts.erasure_certificate import (
    FORMAT,
    Certificate,
    CertificateInvalid,
    Signs,
    Verifies,
    document,
    line_digest,
    read_document,
)
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.ports.archive import ArchiveState, ArchiveVault
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.erasure import Erasure
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, Vault

AT_ONCE: Final = (
    50  # messages, bodies or conversations in one unit of work: some 4 ms; 200 held the loop for 8 to 17
)
_MOST_CERTIFICATES: Final = 100_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_log = structlog.get_logger()


class Erasing:
    """``hostname`` names this server, ``key`` signs its certificates."""

    def __init__(
        self, store: Store, vault: Vault, archives: ArchiveVault, clock: Clock, key: Signs, hostname: str
    ) -> None:
        self._store = store
        self._vault = vault
        self._archives = archives
        self._clock = clock
        self._key = key
        self._hostname = hostname

    @property
    def verifier(self) -> Verifies:
        """Whose signature the certificates carry."""
        return self._key.verifier

    async def begin(self, address: Address, operator: str, reason: str) -> Bal:
        """From the return of this on nothing of it opens; ``finish`` removes the rows.

        Raises AccountUnknown, AccountRefused.
        """
        now = self._clock.now()
        said = " ".join(reason.split())
        if not said:
            raise AccountRefused("An erasure needs a reason: who has asked for it, and how")

        def unit(tx: Transaction) -> Bal:
            bal = tx.bals.by_address(address)
            if bal is None:
                raise AccountUnknown(f"No account has the address {address}")
            if bal.kind is not BalKind.CITIZEN:
                raise AccountRefused(f"Only a citizen's mailbox is erased on request; this one is {bal.kind}")
            if bal.state.receives:
                raise AccountRefused(f"This account is {bal.state}: vaguemestre bal close comes first")
            if tx.departures.of(bal.id) is not None:
                raise AccountRefused("Its conversations are still being closed: try again in a moment")
            if tx.erasures.of(bal.id) is None:
                erasure = Erasure(secrets.token_hex(8), bal.id, now, f"operator:{operator}", said)
                tx.erasures.begin(erasure)
                detail = {"erasure": erasure.id, "asked_by": "holder", "reason": said}
                tx.journal.record(JournalEntry(now, erasure.actor, "erasure_begun", bal.id, detail))
            return bal

        bal = await self._store.write(unit, "begin erasure")
        await self._destroy_keys(bal.id)
        return bal

    async def finish(self, bal: Bal, progress: Callable[[int], None] | None = None) -> str:
        """Remove what is left, and certify: the document. ``progress`` hears of what each step removed."""
        await self._destroy_keys(bal.id)
        while (removed := await self._step(bal.id)) > 0:
            if progress is not None:
                progress(removed)
        return await self._certify(bal)

    async def run_once(self, limit: int) -> int:
        """Finish what was interrupted, for the worker."""
        erasures = await self._store.read(lambda tx: tx.erasures.oldest(1))
        for erasure in erasures:
            bal = await self._store.read(lambda tx: tx.bals.by_id(erasure.bal))  # noqa: B023 (run before the loop goes on)
            if bal is not None:
                await self.finish(bal)
        return min(len(erasures), limit)

    async def certificates(self) -> list[tuple[JournalEntry, Certificate]]:
        """Every one that the journal keeps, the latest first."""
        entries = await self._store.read(lambda tx: _certified(tx, None))
        return [(entry, read_document(entry.detail["document"], self.verifier)) for entry in entries]

    async def show(self, certificate: str) -> str:
        """The document of that number. Raises CertificateInvalid."""
        for entry, found in await self.certificates():
            if found.id == certificate:
                return entry.detail["document"]
        raise CertificateInvalid(f"The journal keeps no certificate {certificate}")

    async def verify(self, text: str) -> Certificate:
        """Signed by this server, kept by its journal, and bound to it. Raises CertificateInvalid."""
        certificate = read_document(text, self.verifier)
        kept = [entry for entry, found in await self.certificates() if found == certificate]
        if not kept:
            raise CertificateInvalid("The signature is right, but the journal does not keep this certificate")
        begun = await self._store.read(
            lambda tx: tx.journal.entries(kept[0].bal, "erasure_begun", _MOST_CERTIFICATES)
        )
        if certificate.journal not in map(line_digest, begun):
            raise CertificateInvalid("The signature is right, but the journal was changed since")
        return certificate

    async def _destroy_keys(self, bal: BalId) -> None:
        """Ordinary keys and those of archives, named in the row before they go."""
        archives = await self._store.read(lambda tx: tx.archives.of(bal))
        whole = [one for one in archives if one.state is not ArchiveState.DESTROYED]
        days = sorted(await self._vault.days(bal))
        named = [
            *(f"archive {one.id}" for one in whole),
            *(f"{_EPOCH + timedelta(days=day):%Y-%m-%d}" for day in days),
        ]
        await self._store.write(lambda tx: tx.erasures.note_keys(bal, named), "note keys")
        for one in whole:
            await self._archives.destroy(one.id)
            await self._store.write(
                lambda tx: tx.archives.set_state(one.id, ArchiveState.DESTROYED),  # noqa: B023 (run before the loop goes on)
                "archive erased",
            )
        await self._vault.destroy_keys(bal, [KeyDay(day) for day in days])

    async def _step(self, bal: BalId) -> int:
        """Messages, then bodies, then conversations: so that nothing refers to what is gone."""
        now = self._clock.now()
        removed = await self._store.write(
            lambda tx: tx.erasures.remove_messages(bal, AT_ONCE, now), "erase messages", is_long=True
        )
        if removed:
            return removed
        bodies = await self._store.write(
            lambda tx: tx.erasures.drop_bodies(bal, AT_ONCE), "erase bodies", is_long=True
        )
        if bodies:
            await self._vault.discard(bodies)
            return len(bodies)
        return await self._store.write(
            lambda tx: tx.erasures.remove_conversations(bal, AT_ONCE), "erase conversations", is_long=True
        )

    async def _certify(self, bal: Bal) -> str:
        now = self._clock.now()

        def unit(tx: Transaction) -> str | None:
            erasure = tx.erasures.of(bal.id)
            if erasure is None:
                return None
            tx.erasures.remove_rest(bal.id, now)
            tx.notifications.drop_contact(bal.id)
            (begun, *_) = [
                entry
                for entry in tx.journal.entries(bal.id, "erasure_begun")
                if entry.detail["erasure"] == erasure.id
            ]
            queued = tx.erasures.still_queued(bal.id)
            signed = document(self._certificate(bal, erasure, begun, now, queued), self._key)
            detail = {"erasure": erasure.id, "document": signed}
            tx.journal.record(JournalEntry(now, erasure.actor, "erased", bal.id, detail))
            tx.erasures.end(bal.id)
            return signed

        signed = await self._store.write(unit, "certify erasure", is_long=True)
        if signed is not None:
            _log.info("mailbox_erased", bal=bal.id)
            return signed
        (entry, *_) = await self._store.read(lambda tx: _certified(tx, bal.id))
        return entry.detail["document"]  # somebody else was faster

    def _certificate(
        self, bal: Bal, erasure: Erasure, begun: JournalEntry, now: datetime, queued: int
    ) -> Certificate:
        return Certificate(
            format=FORMAT,
            id=erasure.id,
            server=self._hostname,
            mailbox=_masked(bal.address),
            asked_by="holder",
            carried_out_by=erasure.actor,
            reason=erasure.reason,
            begun_at=erasure.begun_at.isoformat(),
            done_at=now.isoformat(),
            keys=erasure.keys,
            messages=erasure.messages,
            octets=erasure.octets,
            bodies=erasure.bodies,
            conversations=erasure.conversations,
            journal=line_digest(begun),
            queued=queued,
        )


def _certified(tx: Transaction, bal: BalId | None) -> list[JournalEntry]:
    """The lines that carry a certificate; older databases have others of that name, of single messages."""
    entries = tx.journal.entries(bal, "erased", _MOST_CERTIFICATES)
    return [entry for entry in entries if "document" in entry.detail]


def _masked(address: Address) -> str:
    try:
        return f"{parse_ins(address.local).masked}@{address.domain}"
    except InsSyntaxError:
        return str(address)
