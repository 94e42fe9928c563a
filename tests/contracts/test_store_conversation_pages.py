"""Conversations leafed through, some rows a look, alike on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.conversation_pages import Leafed, PairPlace
from vaguemestre.service.ports.store import Store, Transaction

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
ANNA, BERT = Address("Anna", "cabinet.fr"), Address("bert", "labo.fr")


def a_citizen(tx: Transaction, name: str) -> BalId:
    new = NewBal(parse_address(f"{name}@patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE)
    return tx.bals.add(new, NOON).id


def leafed(tx: Transaction, asked: Leafed, limit: int, most: int) -> list[tuple[int, str]]:
    """Pairs, look by look, until there is nothing further."""
    told: list[tuple[int, str]] = []
    place: PairPlace | None = None
    for _ in range(100):
        look = tx.conversation_pages.leaf(asked, place, limit, most)
        assert len(look.pairs) <= limit
        told += ((pair.conversation, pair.professional.local) for pair in look.pairs)
        if look.next is None:
            return told
        place = look.next
    raise AssertionError("the leafing has no end")


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("most", [1, 3, 100])
async def test_every_way_of_asking_finds_each_pair_once_the_latest_first(
    store: Store, limit: int, most: int
) -> None:
    def unit(tx: Transaction) -> None:
        one, other = a_citizen(tx, "one"), a_citizen(tx, "other")
        begun = []
        for day in range(6):
            at = NOON + timedelta(days=day)
            number = tx.conversations.start(one if day % 2 else other, at).id
            begun.append(number)
            tx.conversations.open_pair(number, ANNA, at)
            if day in {2, 3}:
                tx.conversations.open_pair(number, BERT, at)
            if day in {1, 2}:
                tx.conversations.close_pair(number, ANNA, ClosedBy.SUBJECT, at)

        def asked(leaf: Leafed) -> list[tuple[int, str]]:
            return [(begun.index(ConversationId(n)), who) for n, who in leafed(tx, leaf, limit, most)]

        everything = [(5, "Anna"), (4, "Anna"), (3, "bert"), (3, "Anna"), (2, "bert"), (2, "Anna")]
        everything += [(1, "Anna"), (0, "Anna")]
        assert asked(Leafed()) == everything
        assert asked(Leafed(citizen=one)) == [pair for pair in everything if pair[0] % 2]
        assert asked(Leafed(professional=BERT.key)) == [(3, "bert"), (2, "bert")]
        assert asked(Leafed(professional=ANNA.key, is_open=False)) == [(2, "Anna"), (1, "Anna")]
        assert asked(Leafed(domain="labo.fr")) == [(3, "bert"), (2, "bert")]
        closed = [(2, "Anna"), (1, "Anna")]
        assert asked(Leafed(is_open=False)) == closed
        assert asked(Leafed(is_open=True)) == [pair for pair in everything if pair not in closed]
        second, fourth = NOON + timedelta(days=1), NOON + timedelta(days=3)
        assert asked(Leafed(since=second, until=fourth)) == [(2, "bert"), (2, "Anna"), (1, "Anna")]
        assert asked(Leafed(since=NOON + timedelta(days=9))) == []
        assert asked(Leafed(until=NOON)) == []
        assert tx.conversation_pages.filed_in(begun[0], 10) == []

    await store.write(unit, "test")
