"""What an operator did that touches no mailbox: it has its line in the journal all the same. domain.md §3."""

from datetime import datetime

from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store


async def record_act(store: Store, now: datetime, operator: str, event: str, detail: dict[str, str]) -> None:
    """Durable on return. Raises StoreBusyError."""
    entry = JournalEntry(now, f"operator:{operator}", event, None, detail)
    await store.write(lambda tx: tx.journal.record(entry), event)
