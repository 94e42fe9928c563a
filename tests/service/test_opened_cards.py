"""Opened cards in memory: bounded, shared by the sessions of a mailbox, and gone when they must be."""

from collections.abc import Collection

import pytest
from tests.support.builders import DOCTOR
from tests.support.world import World

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.mailbox import DELETED, INBOX, FlagSet, Uid
from vaguemestre.mime.card import Card
from vaguemestre.service.mailboxes.appending import Appended
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.mailboxes.keeping import Mailboxes
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox, Update
from vaguemestre.service.mailboxes.opened_cards import ENTRY, CardRoom, Digest, Shelf
from vaguemestre.service.ports.vault import KeyDay

MONDAY, TUESDAY = KeyDay(20_000), KeyDay(20_001)


def every(days: Collection[KeyDay]) -> frozenset[KeyDay]:
    """No key was destroyed."""
    return frozenset(days)


def cards_of(room: CardRoom) -> Shelf[bytes]:
    """A mailbox is opened."""
    return room.shelf(len)


def keep(shelf: Shelf[bytes], first: int, count: int, size: int = 800, day: KeyDay = MONDAY) -> None:
    """Cards of so many octets."""
    shelf.keep({Uid(uid): (day, bytes(size)) for uid in range(first, first + count)})


def held(shelf: Shelf[bytes], first: int, count: int) -> int:
    """How many of these are there."""
    found = shelf.find([Uid(uid) for uid in range(first, first + count)], every)
    return sum(card is not None for card in found)


def test_the_room_is_never_exceeded_and_the_longest_unused_mailbox_gives_way() -> None:
    room = CardRoom(1000 * (800 + ENTRY))
    one, other = cards_of(room), cards_of(room)
    keep(one, 1, 600)
    keep(other, 1, 400)
    assert room.used == 1_000_000
    assert held(one, 1, 600) == 600
    keep(one, 601, 300)
    assert room.used <= 1_000_000
    assert held(one, 1, 900) == 900
    assert held(other, 1, 400) < 400


def test_a_mailbox_that_fills_the_room_alone_keeps_its_newest() -> None:
    room = CardRoom(1_000_000)
    shelf = cards_of(room)
    for first in range(1, 5_000, 100):
        keep(shelf, first, 100)
        assert room.used <= 1_000_000
    assert held(shelf, 4_901, 100) == 100
    assert held(shelf, 1, 100) == 0


def test_a_card_larger_than_the_room_is_not_kept() -> None:
    room = CardRoom(1_000)
    shelf = cards_of(room)
    keep(shelf, 1, 1, size=5_000)
    assert (room.used, held(shelf, 1, 1)) == (0, 0)


def test_what_is_kept_again_counts_once_and_a_closed_shelf_keeps_nothing() -> None:
    room = CardRoom()
    shelf = cards_of(room)
    keep(shelf, 1, 10)
    keep(shelf, 5, 10)
    assert room.used == 14 * (800 + ENTRY)
    shelf.drop([Uid(1), Uid(99)])
    assert room.used == 13 * (800 + ENTRY)
    shelf.close()
    keep(shelf, 1, 10)
    shelf.close()
    assert (room.used, held(shelf, 1, 20)) == (0, 0)


def test_cards_of_a_day_without_a_key_are_not_shown_and_not_kept() -> None:
    room = CardRoom()
    shelf = cards_of(room)
    keep(shelf, 1, 2, day=MONDAY)
    keep(shelf, 3, 2, day=TUESDAY)
    asked = [Uid(2), Uid(3)]
    assert shelf.find(asked, lambda _: frozenset({TUESDAY})) == [None, (TUESDAY, bytes(800))]
    assert room.used == 2 * (800 + ENTRY)
    assert shelf.find(asked, every) == [None, (TUESDAY, bytes(800))]


@pytest.fixture
async def doctor(world: World) -> Bal:
    return await world.bal(DOCTOR)


@pytest.fixture
def mailboxes(world: World) -> Mailboxes:
    return Mailboxes(world.store, world.vault, world.clock)


async def letters(mailboxes: Mailboxes, bal: Bal, count: int) -> None:
    """So many arrive today."""
    for number in range(count):
        octets = b"Subject: %d\r\n\r\nx\r\n" % number
        one = mailboxes.begin_append()
        one.feed(octets)
        await mailboxes.append(bal, INBOX, [Appended(one, FlagSet(0), (), None)])


def nobody(_: Update) -> None:
    """A session that is told nothing."""


async def subjects(opened: OpenMailbox, *uids: int) -> list[bytes]:
    """What the cards of these messages, of all without, say."""
    rows = [opened.rows[Uid(uid)] for uid in uids] or [opened.rows[uid] for uid in opened.uids]
    found = [pair async for part in opened.cards(rows) for pair in part]
    assert [row.uid for row, _ in found] == sorted(row.uid for row, _ in found)
    return [(Card(card).header or b"").split()[1] for _, card in found]


async def test_cards_opened_by_one_session_are_there_for_the_other(mailboxes: Mailboxes, doctor: Bal) -> None:
    await letters(mailboxes, doctor, 6)
    opened, leave = await mailboxes.open(doctor.id, INBOX, nobody)
    same, leave_too = await mailboxes.open(doctor.id, INBOX, nobody)
    assert await subjects(opened, 2, 4) == [b"1", b"3"]
    taken = mailboxes.opened_octets
    assert taken > 0
    assert await subjects(same, 2, 4) == [b"1", b"3"]
    assert mailboxes.opened_octets == taken
    assert await subjects(same) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    leave()
    assert mailboxes.opened_octets > taken
    leave_too()
    assert mailboxes.opened_octets == 0


async def test_an_expunged_message_leaves_nothing_behind(mailboxes: Mailboxes, doctor: Bal) -> None:
    await letters(mailboxes, doctor, 3)
    opened, leave = await mailboxes.open(doctor.id, INBOX, nobody)
    await subjects(opened)
    taken = mailboxes.opened_octets
    rows = [opened.rows[uid] for uid in opened.uids]
    gone = [Uid(2)]
    await opened.store_flags(doctor, gone, FlagChange(FlagMode.ADD, DELETED))
    await opened.expunge(doctor, gone)
    assert mailboxes.opened_octets * 3 == taken * 2
    # A command that is under way reads it to the end, and puts it nowhere.
    async for part in opened.cards(rows):
        assert len(part) == 3
    assert mailboxes.opened_octets * 3 == taken * 2
    leave()
    assert mailboxes.opened_octets == 0


FIRST_WORD = Digest(lambda header: header.split()[1], len)
LENGTH = Digest(len, lambda _: 24)


async def test_what_was_made_of_headers_is_bounded_and_leaves_as_cards_do(
    world: World, mailboxes: Mailboxes, doctor: Bal
) -> None:
    await letters(mailboxes, doctor, 2)
    first_day = await world.vault.days(doctor.id)
    world.clock.pass_(days=1)
    await letters(mailboxes, doctor, 2)
    opened, leave = await mailboxes.open(doctor.id, INBOX, nobody)
    uids = list(opened.uids)
    rows = [opened.rows[uid] for uid in uids]
    cards = [card async for _, dated in opened.dated_cards(rows) for card in dated]
    taken = mailboxes.opened_octets
    made = {uid: (day, b"w") for uid, (day, _) in zip(uids, cards, strict=True)}
    opened.keep_digests(FIRST_WORD, made | {Uid(99): made[uids[0]]})  # 99 vanished meanwhile
    assert mailboxes.opened_octets == taken + 4 * (1 + ENTRY)
    assert opened.digests(LENGTH, uids) == [None] * 4
    assert opened.digests(FIRST_WORD, uids) == list(made.values())
    await opened.store_flags(doctor, [Uid(4)], FlagChange(FlagMode.ADD, DELETED))
    await opened.expunge(doctor, [Uid(4)])
    assert opened.digests(FIRST_WORD, uids) == [*list(made.values())[:3], None]
    await world.vault.destroy_keys(doctor.id, list(first_day))
    assert opened.digests(FIRST_WORD, uids) == [None, None, made[Uid(3)], None]
    leave()
    assert mailboxes.opened_octets == 0


async def test_nothing_is_shown_once_its_key_is_destroyed(
    world: World, mailboxes: Mailboxes, doctor: Bal
) -> None:
    await letters(mailboxes, doctor, 2)
    first_day = await world.vault.days(doctor.id)
    world.clock.pass_(days=1)
    await letters(mailboxes, doctor, 1)
    opened, leave = await mailboxes.open(doctor.id, INBOX, nobody)
    assert await subjects(opened) == [b"0", b"1", b"0"]
    taken = mailboxes.opened_octets
    await world.vault.destroy_keys(doctor.id, list(first_day))
    assert await subjects(opened) == [b"0"]
    assert mailboxes.opened_octets * 3 == taken
    for with_cards in (True, False):
        rows = [opened.rows[uid] for uid in opened.uids]
        bodies = [one async for part in opened.bodies(rows, with_cards=with_cards) for one in part]
        assert [(row.uid, bool(card)) for row, _, card in bodies] == [(Uid(3), with_cards)]
        assert await opened.whole(bodies[0][1]) == b"Subject: 0\r\n\r\nx\r\n"
    leave()
