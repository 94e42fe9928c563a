"""Sums and ends are found wrong and made right on each database."""

from sqlalchemy import text
from tests.contracts.test_store_erasures import lived_in

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId
from vaguemestre.service.ports.store import Store
from vaguemestre.store.migrations import running


async def test_what_follows_from_other_rows_is_recomputed(database_url: str, store: Store) -> None:
    bal = await store.write(lambda tx: lived_in(tx, "a"), "live")
    sound = await store.read(lambda tx: tx.survey.bals(BalId(0), 9))
    assert [sums.used - sums.counted for sums in sound] == [0]
    engine = running.engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE bal SET used = 1"))
        connection.execute(text("UPDATE mailbox SET uid_next = 1, highest_modseq = 0"))
    engine.dispose()
    before = await store.read(lambda tx: tx.survey.mailboxes(MailboxId(0), 99))
    await store.write(lambda tx: tx.survey.recount(bal.id), "recount")
    for ends in before:
        await store.write(lambda tx: tx.survey.raise_ends(ends.mailbox), "raise")  # noqa: B023 (awaited here)
    assert await store.read(lambda tx: tx.survey.bals(BalId(0), 9)) == sound
    after = await store.read(lambda tx: tx.survey.mailboxes(MailboxId(0), 99))
    assert all(end.uid_next > end.greatest_uid and end.highest_modseq >= end.greatest_modseq for end in after)
    bodies = await store.read(lambda tx: tx.survey.bodies(0, 99))
    assert len(bodies) == await store.read(lambda tx: tx.survey.body_count()) > 0
    assert await store.read(lambda tx: tx.survey.without_body([end.mailbox for end in after])) == []
