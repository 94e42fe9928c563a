"""Our accounts found by their words, alike on both databases. domain.md §7."""

from datetime import UTC, datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.folding import words_of
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, tzinfo=UTC)
ACTIVE = BalState.ACTIVE


def a_bal(
    tx: Transaction, local: str, name: str, kind: BalKind = BalKind.PER, state: BalState = ACTIVE
) -> BalId:
    return tx.bals.add(NewBal(Address(local, "cabinet.fr"), kind, state, name, rpps="10000000017"), NOW).id


async def test_accounts_are_found_by_beginnings_of_their_words(store: Store) -> None:
    def unit(tx: Transaction) -> list[list[str]]:
        a_bal(tx, "a", "Zoé Lœb")
        a_bal(tx, "b", "Zoé LE-GOFF")
        unlisted = a_bal(tx, "c", "Zoé Martin")
        tx.bals.describe(unlisted, None, is_unlisted=True)
        a_bal(tx, "d", "Zoé Closed", state=BalState.CLOSED)
        a_bal(tx, "e", "Zoé App", BalKind.APP)
        a_bal(tx, "f", "Zoé Citizen", BalKind.CITIZEN)
        a_bal(tx, "g", "ZOÉZOÉ", BalKind.ORG)
        asked = ("zoe", "ZOÉ goff", "loeb", "10000000017", "zo g", "nobody", "")
        return [[bal.address.local for bal in tx.published.search(words_of(words), 9)] for words in asked]

    found = await store.write(unit, "test")
    assert found == [["a", "b", "g"], ["b"], ["a"], ["a", "b", "g"], ["b", "g"], [], []]


async def test_accounts_of_a_kind_come_page_by_page(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[list[str], list[str]]:
        for local in "abcd":
            a_bal(tx, local, "", BalKind.ORG if local != "b" else BalKind.PER)
        first = tx.published.of_kind(BalKind.ORG, BalId(0), 2)
        rest = tx.published.of_kind(BalKind.ORG, first[-1].id, 2)
        return [bal.address.local for bal in first], [bal.address.local for bal in rest]

    assert await store.write(unit, "test") == (["a", "c"], ["d"])
