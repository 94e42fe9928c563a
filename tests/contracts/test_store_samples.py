"""Samples, alike on both databases and whoever writes them."""

from datetime import UTC, datetime, timedelta

from vaguemestre.service.ports.sample import Bucket, Point, Series, Step
from vaguemestre.service.ports.store import Store, Transaction

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LATER = NOON + timedelta(days=1)


async def test_what_processes_saw_in_a_minute_is_joined(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        tx.samples.add(NOON, [Point(Series.ACCEPTED, "PER", 3), Point(Series.QUEUE_AGE, "", 70)])
        tx.samples.add(
            NOON,
            [
                Point(Series.QUEUE_AGE, "", 50),
                Point(Series.CONNECTIONS, "imap", 2),
                Point(Series.ACCEPTED, "PER", 4),
            ],
        )
        tx.samples.add(NOON + MINUTE, [Point(Series.CONNECTIONS, "imap", 5)])
        assert tx.samples.read(Step.MINUTE, NOON, LATER, 60) == [
            Bucket(NOON, Point(Series.ACCEPTED, "PER", 7)),
            Bucket(NOON, Point(Series.CONNECTIONS, "imap", 2)),
            Bucket(NOON, Point(Series.QUEUE_AGE, "", 70)),
            Bucket(NOON + MINUTE, Point(Series.CONNECTIONS, "imap", 5)),
        ]
        assert tx.samples.read(Step.MINUTE, NOON, LATER, 1800) == [
            Bucket(NOON, Point(Series.ACCEPTED, "PER", 7)),
            Bucket(NOON, Point(Series.CONNECTIONS, "imap", 5)),
            Bucket(NOON, Point(Series.QUEUE_AGE, "", 70)),
        ]

    await store.write(unit, "test")


async def test_hours_are_made_of_minutes_as_often_as_one_likes(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        for minutes in (0, 30, 59, 60):
            points = [Point(Series.REFUSALS, "CONV-2", 2), Point(Series.CONNECTIONS, "imap", minutes)]
            tx.samples.add(NOON + minutes * MINUTE, points)
        for _ in range(2):
            tx.samples.fold(NOON - HOUR, NOON + HOUR)
        assert tx.samples.read(Step.HOUR, NOON - HOUR, LATER, 3600) == [
            Bucket(NOON, Point(Series.CONNECTIONS, "imap", 59)),
            Bucket(NOON, Point(Series.REFUSALS, "CONV-2", 6)),
        ]
        tx.samples.forget(Step.MINUTE, NOON + HOUR)
        assert {one.at for one in tx.samples.read(Step.MINUTE, NOON, LATER, 60)} == {NOON + HOUR}
        assert tx.samples.read(Step.HOUR, NOON, LATER, 3600)
        tx.samples.forget(Step.HOUR, NOON + HOUR)
        assert not tx.samples.read(Step.HOUR, NOON, LATER, 3600)

    await store.write(unit, "test")
