"""The journal's line for a trust list that is in force from now on. domain.md §6, domain.md §3.

Which list, how many entries it has, which domains came, went or have other certificates: never the contacts
that a list holds for each. A line that cannot be written now is owed, and written when the store is back.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from vaguemestre.mail.trust_list import TrustDifference
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.service.ports.trust_list import VerifiedList

ACTOR: Final = "rule:TRUST"
EVENT: Final = "trust_list_taken"
_NAMED: Final = 20  # domains of each sort: some 600 octets; the list itself names the others

_log = structlog.get_logger()


def taken(found: VerifiedList, difference: TrustDifference, *, may_shrink: bool = False) -> dict[str, str]:
    """What the line says; ``may_shrink``: somebody has said that he means it."""
    ours = found.trust_list
    return {
        "generated_at": ours.generated_at.isoformat(),
        "signer": str(found.signer),
        "domains": str(len(ours.domains())),
        "entries": str(len(ours)),
        "skipped": str(len(found.skipped)),
        **_sort("added", difference.added),
        **_sort("gone", difference.gone),
        **_sort("changed", difference.changed),
        "accept_shrink": "yes" if may_shrink else "no",
    }


def _sort(name: str, domains: Sequence[str]) -> dict[str, str]:
    told = {name: str(len(domains))}
    if domains:
        more = " …" if len(domains) > _NAMED else ""
        told[f"{name}_domains"] = " ".join(domains[:_NAMED]) + more
    return told


class TrustJournal:
    """Where a server that takes a list by itself writes it down."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._owed: list[JournalEntry] = []

    async def record(self, found: VerifiedList, difference: TrustDifference) -> None:
        """Durable on return, or owed."""
        self._owed.append(JournalEntry(self._clock.now(), ACTOR, EVENT, None, taken(found, difference)))
        await self.pay()

    async def pay(self) -> None:
        """Write what is owed; it stays so when the store does not answer."""
        if not self._owed:
            return
        try:
            await self._store.write(self._write, EVENT)
        except StoreBusyError:
            _log.warning("trust_list_not_journalled", owed=len(self._owed))
        else:
            self._owed.clear()

    def _write(self, tx: Transaction) -> None:
        for entry in self._owed:
            tx.journal.record(entry)
