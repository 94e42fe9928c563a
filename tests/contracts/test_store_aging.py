"""What is due is found by an index, in every database, whatever lies beside it. domain.md §3."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.mailbox import (
    INBOX,
    NO_DRAWER,
    BodyId,
    Drawer,
    FlagSet,
    Mailbox,
    SpecialUse,
    Uid,
)
from vaguemestre.service.ports.aging import AgingMessage
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, SealedBody
from vaguemestre.store import aging
from vaguemestre.store.dialects.postgresql import _Translated as Postgresql
from vaguemestre.store.dialects.sqlite import _Translated as Sqlite
from vaguemestre.store.open import open_store
from vaguemestre.store.times import to_micros

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
TRASH, ARCHIVE = Drawer("\\Trash"), Drawer("Archive")
DAY = timedelta(days=1)


def a_bal(tx: Transaction, kind: BalKind = BalKind.CITIZEN) -> Bal:
    domain = "patient.mssante.fr" if kind is BalKind.CITIZEN else "cabinet.mssante.fr"
    return tx.bals.add(NewBal(Address(kind.value.lower(), domain), kind, BalState.ACTIVE), NOW)


def file_aged(tx: Transaction, box: Mailbox, ages: Sequence[tuple[int, int | None]]) -> None:
    """A message for each: filed so many days ago, to go in so many days by its sender's wish."""
    for number, (age, wish) in enumerate(ages):
        body = BodyId(bytes([box.id, number, *range(14)]))
        tx.messages.add_body(SealedBody(body, box.bal, KeyDay(20000 - age), 250, b"o", None, None, b"c"), NOW)
        expires_at = None if wish is None else NOW + wish * DAY
        new = NewMessage(body, FlagSet(0), 250, 0, None, NOW - age * DAY, expires_at)
        tx.messages.file(box.id, [new])


def places(found: Sequence[AgingMessage]) -> list[tuple[int, int]]:
    return [(message.mailbox, message.uid) for message in found]


async def test_messages_are_found_by_age_kind_and_drawer_the_oldest_first(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, Mailbox]:
        bal = a_bal(tx)
        box = tx.mailboxes.create(bal.id, INBOX, None, NOW)
        file_aged(tx, box, [(10, None), (100, None), (5, 0), (95, -1), (1, 30), (90, None)])
        trash = tx.mailboxes.create(bal.id, "Trash", SpecialUse.TRASH, NOW)
        file_aged(tx, trash, [(200, None)])
        file_aged(tx, tx.mailboxes.create(a_bal(tx, BalKind.PER).id, INBOX, None, NOW), [(1000, None)])
        return box, trash

    box, trash = await store.write(unit, "test")
    horizon = NOW - 90 * DAY
    found = await store.read(lambda tx: tx.aging.by_age(BalKind.CITIZEN, NO_DRAWER, horizon, 10))
    assert places(found) == [(box.id, 2), (box.id, 4)]
    first = found[0]
    assert (first.bal, first.kind, first.size, first.day) == (box.bal, BalKind.CITIZEN, 250, 19900)
    assert (first.filed_at, first.put_at, first.expires_at) == (NOW - 100 * DAY, None, None)
    assert await store.read(lambda tx: tx.aging.by_age(BalKind.CITIZEN, NO_DRAWER, horizon, 1)) == [first]
    assert places(await store.read(lambda tx: tx.aging.by_age(BalKind.CITIZEN, TRASH, horizon, 10))) == [
        (trash.id, 1)
    ]
    assert places(await store.read(lambda tx: tx.aging.by_wish(NOW, 10))) == [(box.id, 4), (box.id, 3)]
    assert await store.read(lambda tx: tx.aging.drawers(BalKind.CITIZEN)) == [NO_DRAWER, TRASH]
    assert await store.read(lambda tx: tx.aging.drawers(BalKind.ORG)) == []


async def test_what_is_put_in_a_drawer_counts_from_then(store: Store) -> None:
    def unit(tx: Transaction) -> Mailbox:
        bal = a_bal(tx)
        box = tx.mailboxes.create(bal.id, INBOX, None, NOW)
        file_aged(tx, box, [(60, None), (50, None)])
        trash = tx.mailboxes.create(bal.id, "Corbeille", SpecialUse.TRASH, NOW)
        below = tx.mailboxes.create(bal.id, "Corbeille/2025", None, NOW)
        assert (trash.drawer, below.drawer, box.drawer) == (TRASH, TRASH, NO_DRAWER)
        tx.messages.copy(box.id, [Uid(1)], below.id, NOW - 2 * DAY)
        tx.messages.copy(box.id, [Uid(2)], trash.id, NOW - 3 * DAY)
        tx.messages.copy(below.id, [Uid(1)], box.id, NOW)
        return trash

    trash = await store.write(unit, "test")
    found = await store.read(lambda tx: tx.aging.by_drawer(TRASH, NOW - DAY, 10))
    assert places(found) == [(trash.id, 1), (trash.id + 1, 1)]
    assert [(m.filed_at, m.put_at) for m in found] == [
        (NOW - 50 * DAY, NOW - 3 * DAY),
        (NOW - 60 * DAY, NOW - 2 * DAY),
    ]
    assert await store.read(lambda tx: tx.aging.by_drawer(TRASH, NOW - 3 * DAY, 10)) == []
    back = await store.read(lambda tx: tx.aging.by_age(BalKind.CITIZEN, NO_DRAWER, NOW, 10))
    assert [m.put_at for m in back] == [None, None, None]


async def test_a_mailbox_renamed_below_a_drawer_is_put_there_with_all_it_holds(store: Store) -> None:
    def unit(tx: Transaction) -> Mailbox:
        bal = a_bal(tx)
        tx.mailboxes.create(bal.id, "Trash", SpecialUse.TRASH, NOW)
        box = tx.mailboxes.create(bal.id, "Dossier", None, NOW)
        file_aged(tx, box, [(60, None)])
        tx.mailboxes.rename(box.id, "Trash/Dossier", NOW)
        return box

    box = await store.write(unit, "test")
    found = await store.read(lambda tx: tx.aging.by_drawer(TRASH, NOW + DAY, 10))
    assert [(message.mailbox, message.put_at) for message in found] == [(box.id, NOW)]

    await store.write(lambda tx: tx.mailboxes.rename(box.id, "Dossier", NOW), "test")
    assert await store.read(lambda tx: tx.aging.by_drawer(TRASH, NOW + DAY, 10)) == []


async def test_a_name_becomes_a_drawer_for_mailboxes_made_before_and_after(store: Store) -> None:
    def before(tx: Transaction) -> BalId:
        bal = a_bal(tx)
        for name in ("Archive", "Archive/2025", "Archives", INBOX):
            file_aged(tx, tx.mailboxes.create(bal.id, name, None, NOW), [(1, None)])
        return bal.id

    bal = await store.write(before, "test")

    def name(tx: Transaction) -> None:
        tx.aging.name_drawer(ARCHIVE)
        tx.mailboxes.create(a_bal(tx, BalKind.PER).id, "Archive", None, NOW)

    await store.write(name, "test")
    await store.write(lambda tx: tx.aging.name_drawer(ARCHIVE), "test")
    steps = [await store.write(lambda tx: tx.aging.settle_drawer(ARCHIVE, NOW, 3), "test") for _ in range(3)]
    assert steps == [3, 1, 0]

    def drawers(tx: Transaction) -> dict[str, Drawer]:
        return {mailbox.name: mailbox.drawer for mailbox in tx.mailboxes.of(bal)}

    assert await store.read(drawers) == {
        INBOX: NO_DRAWER,
        "Archive": ARCHIVE,
        "Archive/2025": ARCHIVE,
        "Archives": NO_DRAWER,
    }
    found = await store.read(lambda tx: tx.aging.by_drawer(ARCHIVE, NOW + DAY, 10))
    assert [message.put_at for message in found] == [NOW, NOW]


async def test_a_day_is_emptied_when_no_body_of_it_is_left_orphans_included(store: Store) -> None:
    def unit(tx: Transaction) -> list[list[int]]:
        bal = a_bal(tx)
        box = tx.mailboxes.create(bal.id, INBOX, None, NOW)
        file_aged(tx, box, [(1, None), (2, None)])
        asked = [(bal.id, KeyDay(day)) for day in (19998, 19999, 20000)]
        found = [tx.aging.emptied(asked)]
        body = tx.messages.rows(box.id)[0].body
        tx.messages.remove(box.id, [Uid(1)], NOW)
        found.append(tx.aging.emptied(asked))
        tx.aging.drop_orphans([body])
        found.append(tx.aging.emptied(asked))
        return [[day for _, day in places] for places in found]

    assert await store.write(unit, "test") == [[20000], [20000], [19999, 20000]]


async def test_bodies_are_dropped_when_no_message_refers_to_them(store: Store) -> None:
    def unit(tx: Transaction) -> list[BodyId]:
        bal = a_bal(tx)
        box = tx.mailboxes.create(bal.id, INBOX, None, NOW)
        other = tx.mailboxes.create(bal.id, "Other", None, NOW)
        file_aged(tx, box, [(1, None), (2, None), (3, None)])
        tx.messages.copy(box.id, [Uid(2)], other.id, NOW)
        bodies = [row.body for row in tx.messages.rows(box.id)]
        tx.messages.remove(box.id, [Uid(1), Uid(2)], NOW)
        dropped = tx.aging.drop_orphans([*bodies, bodies[0]])
        assert [(body.id, body.day, body.location) for body in dropped] == [(bodies[0], 19999, None)]
        return bodies

    bodies = await store.write(unit, "test")
    there = await store.read(lambda tx: [tx.messages.body(body) is not None for body in bodies])
    assert there == [False, True, True]


MANY = 100_000
_FILL_SQLITE = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
"""
_FILL_POSTGRESQL = "WITH n AS (SELECT generate_series(1, {many}) AS i)"
_FILL_BODIES = """
INSERT INTO body (number, id, bal, day, size, uses, card) SELECT i, {id}, 1, 20000, 250, 1, {id} FROM n
"""
_FILL_MESSAGES = """
INSERT INTO message (mailbox, uid, flags, modseq, size, internal_date, body, kind, filed_at, expires_at,
    drawer, put_at)
SELECT 1, i, 0, 1, 250, 0, {id}, CASE WHEN i % 2 = 0 THEN 'CITIZEN' ELSE 'PER' END, {ago},
    CASE WHEN i % 10 = 0 THEN {ahead} END,
    CASE WHEN i % 5 = 0 THEN '\\Trash' ELSE '' END, CASE WHEN i % 5 = 0 THEN {ago} END
FROM n
"""
_TIMES = {
    "ago": f"{to_micros(NOW)} - i * CAST(1000000 AS BIGINT)",
    "ahead": f"{to_micros(NOW)} + i * CAST(1000000 AS BIGINT)",
}
SPAN = {"since": 0, "limit": 100}
QUESTIONS: Mapping[str, Sequence[tuple[str, Mapping[str, int | str]]]] = {
    "message_by_age": (
        (aging.FIRST_DRAWER, {"kind": "PER"}),
        (aging.NEXT_DRAWER, {"kind": "PER", "after": ""}),
        (
            aging.BY_AGE,
            {"kind": "PER", "drawer": "", "before": to_micros(NOW) - 90_000, **SPAN},
        ),
    ),
    "message_by_drawer": ((aging.BY_DRAWER, {"drawer": TRASH, "before": to_micros(NOW), **SPAN}),),
    "body_by_day": ((aging.HOLDS_BODY, {"bal": 1, "day": 19_000}),),
    "message_by_expiry": ((aging.BY_WISH, {"before": to_micros(NOW) + 90_000_000, **SPAN}),),
}


def _sqlite_plans(path: str) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as database:
        fill = _FILL_SQLITE.format(many=MANY)
        for statement in (_FILL_BODIES, _FILL_MESSAGES):
            identity = "CAST(printf('%016d', i) AS BLOB)"
            # The WITH of an INSERT stands before it, and is the same for both databases so.
            database.execute(fill + statement.format(id=identity, **_TIMES))
        database.execute("ANALYZE")
        translated = Sqlite()
        return {
            index: [
                str(database.execute("EXPLAIN QUERY PLAN " + spelled.text, spelled.values(asked)).fetchall())
                for spelled, asked in ((translated[one], asked) for one, asked in questions)
            ]
            for index, questions in QUESTIONS.items()
        }


def _postgresql_plans(url: str) -> dict[str, list[str]]:
    with psycopg.connect(url, autocommit=True) as database:
        fill = _FILL_POSTGRESQL.format(many=MANY)
        for statement in (_FILL_BODIES, _FILL_MESSAGES):
            identity = "convert_to(lpad(i::text, 16, '0'), 'UTF8')"
            database.execute((fill + statement.format(id=identity, **_TIMES)).encode())
        database.execute(b"ANALYZE")
        translated = Postgresql()
        return {
            index: [
                str(database.execute(b"EXPLAIN " + translated[one], asked).fetchall())
                for one, asked in questions
            ]
            for index, questions in QUESTIONS.items()
        }


@pytest.fixture
async def filled(database_url: str) -> str:
    """A database where a bal and its INBOX are numbered 1."""
    store = await open_store(database_url)
    box = await store.write(lambda tx: tx.mailboxes.create(a_bal(tx).id, INBOX, None, NOW), "test")
    assert (box.bal, box.id) == (1, 1)
    await store.close()
    return database_url


def test_among_a_hundred_thousand_messages_what_is_due_is_found_by_an_index(filled: str) -> None:
    if filled.startswith("sqlite"):
        plans = _sqlite_plans(filled.removeprefix("sqlite:///"))
        whole = "SCAN m"
    else:
        plans = _postgresql_plans(filled)
        whole = "Seq Scan on message"
    for index, found in plans.items():
        for plan in found:
            assert index in plan
            assert whole not in plan
            assert "Sort" not in plan
            assert "TEMP B-TREE" not in plan


async def test_a_mailbox_tells_what_lies_in_it_by_uid(store: Store) -> None:
    def unit(tx: Transaction) -> Mailbox:
        bal = a_bal(tx)
        box, other = (tx.mailboxes.create(bal.id, name, None, NOW) for name in (INBOX, "Autre"))
        file_aged(tx, box, [(10, 3), (100, None)])
        file_aged(tx, other, [(1, None)])
        return box

    box = await store.write(unit, "test")
    found = await store.read(lambda tx: tx.aging.in_mailbox(box.id))
    assert [(message.uid, message.filed_at, message.expires_at) for message in found] == [
        (1, NOW - 10 * DAY, NOW + 3 * DAY),
        (2, NOW - 100 * DAY, None),
    ]


async def test_a_mailbox_tells_of_some_of_its_messages_and_how_many_are_due(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        bal = a_bal(tx)
        box, trash = (
            tx.mailboxes.create(bal.id, INBOX, None, NOW),
            tx.mailboxes.create(bal.id, "Trash", SpecialUse.TRASH, NOW),
        )
        file_aged(tx, box, [(10, 3), (100, None), (20, None)])
        tx.messages.copy(box.id, [Uid(3)], trash.id, NOW)
        assert [message.uid for message in tx.aging.of(box.id, [Uid(3), Uid(1), Uid(9)])] == [1, 3]
        assert tx.aging.of(box.id, []) == []
        assert tx.aging.due(box.id, NOW - 100 * DAY, None, NOW) == 1
        assert tx.aging.due(box.id, NOW - 20 * DAY, None, NOW + 2 * DAY) == 2
        assert tx.aging.due(box.id, NOW - 20 * DAY, None, NOW + 3 * DAY) == 3
        assert tx.aging.due(trash.id, NOW - 90 * DAY, None, NOW) == 0
        assert tx.aging.due(trash.id, NOW - 90 * DAY, NOW, NOW) == 1

    await store.write(unit, "test")
