"""A writer to be killed: files messages for ever, and prints each UID once it is answered.

Run as ``python -m tests.support.store_load URL``; the database holds one bal with an INBOX.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime

from vaguemestre.mail.mailbox import BodyId, FlagSet, Mailbox, Uid
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, SealedBody
from vaguemestre.store.open import open_store

NOW = datetime(2026, 3, 14, tzinfo=UTC)


def file_one(tx: Transaction, mailbox: Mailbox) -> Uid:
    """What a delivery does, nearly."""
    body = SealedBody(
        BodyId(os.urandom(16)), mailbox.bal, KeyDay(20000), 900, os.urandom(900), None, None, os.urandom(300)
    )
    tx.messages.add_body(body, NOW)
    (row,) = tx.messages.file(mailbox.id, [NewMessage(body.id, FlagSet(0), 900, 0, None, NOW)])
    tx.journal.record(JournalEntry(NOW, "rule:TEST", "delivered", mailbox.bal))
    return row.uid


async def _write(store: Store, mailbox: Mailbox) -> None:
    while True:
        uid = await store.write(lambda tx: file_one(tx, mailbox), "load")
        print(uid, flush=True)


async def _main(url: str) -> None:
    store = await open_store(url)
    (bal,) = await store.read(lambda tx: tx.bals.all())
    (inbox,) = await store.read(lambda tx: tx.mailboxes.of(bal.id))
    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(_write(store, inbox))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
