"""A day of samples as a service that works leaves them, always the same."""

from datetime import timedelta
from typing import Final

from tests.support.console_house import ConsoleHouse

from vaguemestre.service.ports.sample import Point, Series
from vaguemestre.service.ports.store import Transaction

_KINDS: Final = (("PER", 40), ("APP", 25), ("CITIZEN", 10), ("ORG", 6), ("CAB", 2))


async def a_busy_day(house: ConsoleHouse) -> None:
    """A sample every ten minutes until now: more by day than at night, an hour of trouble."""
    now = house.clock.now().replace(second=0, microsecond=0)

    def unit(tx: Transaction) -> None:
        for back in range(0, 24 * 60, 10):
            minute = now - timedelta(minutes=back)
            share = max(0, 12 - abs(minute.hour - 13)) / 12
            is_bad = 300 <= back < 360
            points = [Point(Series.ACCEPTED, kind, round(count * share)) for kind, count in _KINDS]
            points += [
                Point(Series.REFUSALS, "CONV-2", round(6 * share) + (30 if is_bad else 0)),
                Point(Series.REFUSALS, "ADR-1", round(3 * share)),
                Point(Series.SIGN_IN_FAILURES, "password", back % 70 // 10),
                Point(Series.WRITES, "", 400 * share + 1),
                Point(Series.WRITE_SECONDS, "", (400 * share + 1) * (0.04 if is_bad else 0.003)),
                Point(Series.CONNECTIONS, "imap", round(180 * share) + 20),
                Point(Series.CONNECTIONS, "submission", round(20 * share)),
                Point(Series.QUEUE_AGE, "", 5_400.0 if is_bad else 90.0),
            ]
            tx.samples.add(minute, points)

    await house.app.services.store.write(unit, "test", is_long=True)
