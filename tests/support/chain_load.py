"""A server to be killed: records lines and chains them for ever, and prints each once it is durable.

Run as ``python -m tests.support.chain_load URL``.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.support.witness import a_witness
from tests.support.world import FakeClock

from vaguemestre.service.audit.chaining import Chaining
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store
from vaguemestre.store.open import open_store

KEY = b"k" * 32
NOW = datetime(2026, 3, 14, tzinfo=UTC)


async def _record(store: Store) -> None:
    while True:
        await store.write(
            lambda tx: tx.journal.record(JournalEntry(NOW, "rule:TEST", "loaded", None)), "load"
        )
        print("one", flush=True)


async def _chain(chaining: Chaining) -> None:
    while True:
        await chaining.run_once(3)
        await asyncio.sleep(0)


async def _main(url: str) -> None:
    store = await open_store(url, KEY)
    with tempfile.TemporaryDirectory() as folder, a_witness(Path(folder) / "keys.db", KEY) as witness:
        chaining = Chaining(store, FakeClock(NOW), KEY, witness)
        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(_record(store))
            group.create_task(_chain(chaining))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
