"""How much an account has sent is counted alike by every database."""

import asyncio
from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.policy.limits import Allowance, Policy
from vaguemestre.service.arriving.allowances import Allowances
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.submission import NewSubmission, Sent

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
DAY = timedelta(days=1)


class StandingClock:
    def now(self) -> datetime:
        return NOW


def a_sender(tx: Transaction, local: str = "claire") -> BalId:
    new = NewBal(Address(local, "cabinet.mssante.fr"), BalKind.PER, BalState.ACTIVE)
    return tx.bals.add(new, NOW).id


def sends(tx: Transaction, sender: BalId, ages: list[timedelta], recipients: int = 1) -> None:
    for number, age in enumerate(ages):
        name = f"{sender}-{number}-{age.total_seconds()}"
        tx.submissions.begin(NewSubmission(name, sender, None, None, NOW - age, recipients), NOW - DAY)


async def test_what_was_sent_is_counted_by_sender_and_time_and_no_further_than_asked(store: Store) -> None:
    def unit(tx: Transaction) -> list[Sent]:
        sender, other = a_sender(tx), a_sender(tx, "paul")
        sends(tx, sender, [timedelta(), timedelta(hours=1), timedelta(hours=2)], recipients=3)
        sends(tx, other, [timedelta(hours=1)])
        spans = [(NOW - DAY, NOW), (NOW - DAY, NOW + DAY), (NOW - timedelta(hours=1), NOW), (NOW + DAY, NOW)]
        counted = [tx.submissions.sent(sender, *span, 100) for span in spans]
        return [*counted, tx.submissions.sent(sender, NOW - DAY, NOW + DAY, 2)]

    assert await store.write(unit, "test") == [(2, 6), (3, 9), (1, 3), (0, 0), (2, 6)]


async def test_a_busy_hour_is_counted_to_the_last_message(store: Store) -> None:
    sent = 4_321

    def unit(tx: Transaction) -> BalId:
        sender = a_sender(tx)
        sends(tx, sender, [timedelta(hours=1, milliseconds=number) for number in range(sent)], recipients=2)
        return sender

    sender = await store.write(unit, "test", is_long=True)
    bal = await store.read(lambda tx: tx.bals.by_id(sender))
    assert bal is not None
    for more, allowed in ((0, False), (1, True)):
        kinds = {BalKind.PER: Allowance(9_999, sent + more, 100, 9_999, 9)}
        policy = Policy(frozenset(), frozenset(), allowances=kinds)
        allowances = Allowances(store, StandingClock(), policy)
        first, second = await asyncio.gather(allowances.refusal(bal), allowances.refusal(bal))
        assert (first is None, second is None) == (allowed, allowed)
