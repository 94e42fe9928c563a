"""A journal of a million lines: what sealing and chaining a line costs, and verifying the whole.

CPU is this process's, on SQLite; the database's own part of it is in the figure.
"""

import time
from datetime import UTC, datetime, timedelta

from benchmarks.workshop import Figure, Workshop
from vaguemestre.mail.bal import BalId
from vaguemestre.service.audit.auditing import Auditing
from vaguemestre.service.audit.chaining import Chaining
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.services import SystemClock
from vaguemestre.store.migrating import migrate
from vaguemestre.store.open import open_store
from vaguemestre.vault.keys import generate_master
from vaguemestre.vault.open import open_vault
from vaguemestre.vault.signing import Signer

_LINES = 1_000_000
_IN_ONE_UNIT = 1_000
_KEY = b"k" * 32


async def audit(workshop: Workshop) -> list[Figure]:
    """Record them, chain them, walk along them."""
    lines, folder = workshop.count(_LINES), workshop.folder
    url = f"sqlite:///{folder / 'journal.db'}"
    migrate(url)
    keys = f"sqlite:///{folder / 'keys.db'}"
    vault = await open_vault(keys, generate_master(), folder / "objects", folder / "spool")
    store, clock = await open_store(url, _KEY), SystemClock()
    try:
        witness = vault.witness(_KEY)
        recorded = await _cpu_of_recording(store, lines)
        chaining, before = Chaining(store, clock, _KEY, witness), time.process_time()
        await chaining.chain_all()
        chained = time.process_time() - before
        auditing = Auditing(store, clock, _KEY, witness, Signer(_KEY).verifier)
        before = time.process_time()
        found = await auditing.verify()
        verified = time.process_time() - before
        if not found.is_sound or found.lines != lines + 1:
            raise RuntimeError(f"{found.lines} lines, {found.found} findings")
    finally:
        await store.close()
        await vault.close()
    micro = 1_000_000 / lines
    return [
        Figure("journal: a line recorded, sealed, CPU", "µs", recorded * micro, 0, False, "≤ 20"),
        Figure("journal: a line chained, a step behind, CPU", "µs", chained * micro, 0, False, "≤ 30"),
        Figure(f"journal: {lines:,} lines verified, CPU", "s", verified, 0, False, "≤ 20"),
    ]


async def _cpu_of_recording(store: Store, lines: int) -> float:
    """By the thousand, so that commits are not what is measured."""
    began = datetime(2026, 3, 14, tzinfo=UTC)
    before = time.process_time()
    for first in range(0, lines, _IN_ONE_UNIT):

        def unit(tx: Transaction) -> None:
            for number in range(first, min(first + _IN_ONE_UNIT, lines)):  # noqa: B023 (run before the loop goes on)
                at = began + timedelta(seconds=number)
                detail = {"queue_id": f"{number:016x}", "to": str(number % 997)}
                tx.journal.record(JournalEntry(at, f"bal:{number % 991}", "accepted", BalId(1), detail))

        await store.write(unit, "record", is_long=True)
    return time.process_time() - before
