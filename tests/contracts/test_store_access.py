"""Grants and birth dates are kept alike by every database."""

from datetime import UTC, date, datetime, timedelta

from vaguemestre.mail.access import Deed, Grant, GrantId, GrantKind, Right, Terms, Visit
from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.service.ports.access import NewGrant
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
READ = Terms(GrantKind.DELEGATE, frozenset({Right.READ}), NOW, None)
ALL = Terms(GrantKind.CARER, frozenset(Right), NOW, NOW + timedelta(days=3))


def a_bal(tx: Transaction, local: str) -> BalId:
    return tx.bals.add(NewBal(Address(local, "cabinet.mssante.fr"), BalKind.PER, BalState.ACTIVE), NOW).id


async def test_a_grant_comes_back_as_it_was_made(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[list[Grant], list[Grant]]:
        claire, paul = a_bal(tx, "claire"), a_bal(tx, "paul")
        new = [NewGrant(claire, paul, READ, "operator:ann"), NewGrant(claire, paul, ALL, "operator:é", "été")]
        return [tx.grants.add(one, NOW) for one in new], tx.grants.of_bal(claire)

    made, found = await store.write(unit, "test")
    assert made == found
    assert [grant.terms for grant in found] == [READ, ALL]
    assert (found[1].reason, found[1].granted_at, found[1].revoked_at) == ("été", NOW, None)
    assert await store.read(lambda tx: tx.grants.by_id(made[0].id)) == made[0]
    assert await store.read(lambda tx: tx.grants.by_id(GrantId(99))) is None


async def test_grants_are_found_by_bal_by_reader_and_between_the_two(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[BalId, BalId, list[GrantId]]:
        claire, paul, lise = a_bal(tx, "claire"), a_bal(tx, "paul"), a_bal(tx, "lise")
        pairs = [(claire, paul), (claire, lise), (paul, lise)]
        return claire, lise, [tx.grants.add(NewGrant(*pair, READ, "x"), NOW).id for pair in pairs]

    claire, lise, (first, second, third) = await store.write(unit, "test")

    def look(tx: Transaction) -> list[list[GrantId]]:
        lists = tx.grants.of_bal(claire), tx.grants.of_reader(lise), tx.grants.between(claire, lise)
        return [[grant.id for grant in grants] for grants in lists]

    assert await store.read(look) == [[first, second], [second, third], [second]]


async def test_a_grant_is_revoked_once_and_kept(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[bool, bool, list[Grant], list[Grant]]:
        claire, paul = a_bal(tx, "claire"), a_bal(tx, "paul")
        grant = tx.grants.add(NewGrant(claire, paul, READ, "x"), NOW)
        later = NOW + timedelta(hours=1)
        done = tx.grants.revoke(grant.id, later), tx.grants.revoke(grant.id, later + timedelta(hours=1))
        return *done, tx.grants.between(claire, paul), tx.grants.of_bal(claire)

    first, again, between, kept = await store.write(unit, "test")
    assert (first, again, between) == (True, False, [])
    assert [grant.revoked_at for grant in kept] == [NOW + timedelta(hours=1)]


async def test_an_end_can_be_moved(store: Store) -> None:
    def unit(tx: Transaction) -> list[Grant]:
        claire, paul = a_bal(tx, "claire"), a_bal(tx, "paul")
        grant = tx.grants.add(NewGrant(claire, paul, ALL, "x"), NOW)
        tx.grants.set_end(grant.id, NOW + timedelta(days=9))
        return tx.grants.of_bal(claire)

    (moved,) = await store.write(unit, "test")
    assert moved.terms.end == NOW + timedelta(days=9)


async def test_birth_dates_are_kept_replaced_and_forgotten_oldest_first(store: Store) -> None:
    def unit(tx: Transaction) -> list[date | None]:
        bals = [a_bal(tx, name) for name in ("a", "b", "c", "d")]
        for bal, born in zip(
            bals, (date(2001, 1, 1), date(2000, 2, 29), date(2002, 5, 5), date(2010, 6, 6)), strict=True
        ):
            tx.grants.set_birth_date(bal, date(1999, 1, 1))
            tx.grants.set_birth_date(bal, born)
        assert tx.grants.forget_birth_dates(date(2003, 1, 1), 2) == 2
        return [tx.grants.birth_date(bal) for bal in bals]

    assert await store.write(unit, "test") == [None, None, date(2002, 5, 5), date(2010, 6, 6)]


async def test_deeds_are_counted_in_the_visit_that_goes_on(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Visit | None, Visit | None, list[Visit], list[Visit], list[Visit]]:
        claire, paul, lise = (a_bal(tx, name) for name in ("claire", "paul", "lise"))
        later = NOW + timedelta(minutes=5)
        tx.grants.did(claire, paul, Deed.OPEN, 2, NOW)
        tx.grants.did(claire, paul, Deed.SIGN_IN, 1, later)
        tx.grants.did(claire, paul, Deed.OPEN, 3, later)
        tx.grants.did(claire, lise, Deed.LOOK, 1, later + timedelta(hours=1))
        looks = (
            tx.grants.visits_to_tell(later, NOW, 10),
            tx.grants.visits_to_tell(NOW, later, 10),
            tx.grants.visits_to_tell(later + timedelta(days=1), NOW, 1),
        )
        return tx.grants.visit(claire, paul), tx.grants.visit(paul, claire), *looks

    visit, none, quiet, old, first = await store.write(unit, "test")
    assert visit is not None
    assert none is None
    assert visit.deeds == ((Deed.SIGN_IN, 1), (Deed.OPEN, 5))
    assert (visit.began_at, visit.last_at) == (NOW, NOW + timedelta(minutes=5))
    assert quiet == old == first == [visit]


async def test_a_visit_ends_only_as_it_was_seen(store: Store) -> None:
    def unit(tx: Transaction) -> list[bool]:
        claire, paul = a_bal(tx, "claire"), a_bal(tx, "paul")
        tx.grants.did(claire, paul, Deed.OPEN, 1, NOW)
        seen = tx.grants.visit(claire, paul)
        assert seen is not None
        tx.grants.did(claire, paul, Deed.OPEN, 1, NOW)
        ended = [tx.grants.end_visit(seen)]
        again = tx.grants.visit(claire, paul)
        assert again is not None
        return [*ended, tx.grants.end_visit(again), tx.grants.visit(claire, paul) is None]

    assert await store.write(unit, "test") == [False, True, True]
