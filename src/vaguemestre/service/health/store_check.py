"""Looks through the whole store for what does not fit, and recomputes what can be recomputed.

Sums, the ends of mailboxes, messages without their body, cards and bodies that do not open, objects that are
missing. A sum or an end follows from other rows, and is repaired by reading them again; a body that is lost
is lost, and only told. Everything is read in pages, so that mail goes on meanwhile: what is filed between two
pages is no finding, because each is looked at in one read.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.ports.store import Store
from vaguemestre.service.ports.vault import KeyDestroyedError, SealBrokenError, SealedBody, Vault

_PAGE: Final = 100
MOST_FINDINGS: Final = 10_000


class FindingKind(StrEnum):
    """One word each."""

    SUM = "sum"
    ENDS = "ends"
    NO_BODY = "no_body"
    CARD = "card"
    BODY = "body"


_SAID: Final = {
    FindingKind.SUM: Sentence(
        "les octets d'un compte ne sont pas la somme de ses messages",
        "an account's octets are not the sum of its messages",
    ),
    FindingKind.ENDS: Sentence(
        "un dossier annonce moins que ce que ses messages portent (UID, modseq)",
        "a mailbox announces less than its messages bear (UID, modseq)",
    ),
    FindingKind.NO_BODY: Sentence("un message n'a plus de contenu", "a message has no body"),
    FindingKind.CARD: Sentence("une fiche ne s'ouvre pas", "a card does not open"),
    FindingKind.BODY: Sentence(
        "un contenu ne s'ouvre pas, ou son objet manque", "a body does not open, or its object is missing"
    ),
}


class Finding(NamedTuple):
    """``number`` is the account's for ``sum``, else the mailbox's, or the account a body belongs to."""

    kind: FindingKind
    number: int
    detail: str

    @property
    def can_be_repaired(self) -> bool:
        """Whether it follows from other rows."""
        return self.kind in {FindingKind.SUM, FindingKind.ENDS}

    @property
    def sentence(self) -> Sentence:
        """What is wrong, without where."""
        return _SAID[self.kind]


@dataclass(slots=True)
class Checked:
    """How much was looked at, and what was found; ``found`` counts more than ``findings`` may hold."""

    accounts: int = 0
    mailboxes: int = 0
    bodies: int = 0
    forgotten: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, kind: FindingKind, number: int, detail: str) -> None:
        """One more."""
        self.found += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, number, detail))


class StoreCheck:
    """Over one store and its vault."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def bodies(self) -> int:
        """How many there are to open."""
        return await self._store.read(lambda tx: tx.survey.body_count())

    async def verify(self, *, deep: bool, progress: Callable[[int], None] = lambda _: None) -> Checked:
        """All of it; ``deep`` opens whole bodies, otherwise cards and the beginnings of large ones."""
        checked = Checked()
        await self.look_at_rows(checked)
        after = 0
        while page := await self._store.read(lambda tx: tx.survey.bodies(after, _PAGE)):  # noqa: B023 (run before the loop goes on)
            after = page[-1].number
            for _, body in page:
                await self._open(checked, body, deep=deep)
            progress(checked.bodies)
            await asyncio.sleep(0)
        return checked

    async def look_at_rows(self, checked: Checked) -> None:
        """Sums, ends, and messages without a body."""
        bal = BalId(0)
        while bals := await self._store.read(lambda tx: tx.survey.bals(bal, _PAGE)):  # noqa: B023 (run before the loop goes on)
            bal = bals[-1].bal
            checked.accounts += len(bals)
            for sums in bals:
                if sums.used != sums.counted:
                    checked.add(FindingKind.SUM, sums.bal, f"{sums.used}, not {sums.counted}")
            await asyncio.sleep(0)
        mailbox = MailboxId(0)
        while ends := await self._store.read(lambda tx: tx.survey.mailboxes(mailbox, _PAGE)):  # noqa: B023 (the same)
            mailbox = ends[-1].mailbox
            checked.mailboxes += len(ends)
            for end in ends:
                if end.uid_next <= end.greatest_uid or end.highest_modseq < end.greatest_modseq:
                    said = f"UID {end.greatest_uid} of {end.uid_next}, modseq {end.greatest_modseq} of "
                    checked.add(FindingKind.ENDS, end.mailbox, f"{said}{end.highest_modseq}")
            numbers = [end.mailbox for end in ends]
            for place, uid in await self._store.read(lambda tx: tx.survey.without_body(numbers)):  # noqa: B023 (the same)
                checked.add(FindingKind.NO_BODY, place, f"UID {uid}")
            await asyncio.sleep(0)

    async def repair(self, findings: Sequence[Finding]) -> int:
        """Those that can be, each in a transaction of its own; how many."""
        count = 0
        for finding in findings:
            number = finding.number
            if finding.kind is FindingKind.SUM:
                await self._store.write(lambda tx: tx.survey.recount(BalId(number)), "recount", is_long=True)  # noqa: B023 (awaited here)
            elif finding.kind is FindingKind.ENDS:
                await self._store.write(
                    lambda tx: tx.survey.raise_ends(MailboxId(number)),  # noqa: B023 (awaited here)
                    "raise ends",
                    is_long=True,
                )
            else:
                continue
            count += 1
        return count

    async def _open(self, checked: Checked, body: SealedBody, *, deep: bool) -> None:
        checked.bodies += 1
        try:
            self._vault.open_card(body)
        except KeyDestroyedError:
            checked.forgotten += 1
            return
        except SealBrokenError:
            checked.add(FindingKind.CARD, body.bal, body.id.hex())
        try:
            async for _ in self._vault.open_octets(body, 0, None if deep else min(body.size, 1)):
                pass
        except KeyDestroyedError:
            checked.forgotten += 1
        except (SealBrokenError, OSError):
            checked.add(FindingKind.BODY, body.bal, body.id.hex())
