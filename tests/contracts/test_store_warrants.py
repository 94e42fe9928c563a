"""Warrants, alike on both databases."""

from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.policy.administration import Role
from vaguemestre.service.ports.administrator import AdministratorId
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.warrant import WarrantId, WarrantState

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
SOON, LATER = NOW + timedelta(minutes=30), NOW + timedelta(days=1)


def two_and_a_bal(tx: Transaction) -> tuple[AdministratorId, AdministratorId, BalId]:
    anna, bert = (
        tx.administrators.add("anna", Role.OPERATOR, NOW),
        tx.administrators.add("bert", Role.OPERATOR, NOW),
    )
    made = tx.bals.add(NewBal(parse_address("claire@cabinet.mssante.fr"), BalKind.PER, BalState.ACTIVE), NOW)
    return anna, bert, made.id


async def test_nobody_decides_of_his_own_and_one_decides_once(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        anna, bert, bal = two_and_a_bal(tx)
        table = tx.warrants
        asked = table.ask(bal, anna, "ticket 12", NOW, LATER)
        found = table.by_id(asked)
        assert found is not None
        assert (found.bal, found.asker, found.reason, found.asked_at, found.until) == (
            bal,
            anna,
            "ticket 12",
            NOW,
            LATER,
        )
        assert table.running(bal, anna, NOW) == found
        assert table.running(bal, bert, NOW) is None
        assert table.running(bal, anna, LATER) is None
        assert not table.grant(asked, anna, NOW, SOON)
        assert not table.grant(asked, bert, LATER, LATER)
        assert table.grant(asked, bert, NOW, SOON)
        assert not table.refuse(asked, bert, NOW)
        found = table.by_id(asked)
        assert found is not None
        assert (found.decider, found.decided_at, found.until) == (bert, NOW, SOON)
        assert found.state_at(NOW) is WarrantState.GRANTED
        assert found.state_at(SOON) is WarrantState.EXPIRED
        assert not table.revoke(asked, anna, SOON)
        assert table.revoke(asked, anna, NOW)
        assert not table.revoke(asked, anna, NOW)
        found = table.by_id(asked)
        assert found is not None
        assert (found.written, found.ender, found.ended_at) == (WarrantState.REVOKED, anna, NOW)
        assert table.running(bal, anna, NOW) is None

    await store.write(unit, "test")


async def test_one_is_granted_without_a_second_refused_by_one_listed_and_forgotten(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        anna, bert, bal = two_and_a_bal(tx)
        table = tx.warrants
        first, second = table.ask(bal, anna, "1", NOW, LATER), table.ask(bal, bert, "2", SOON, LATER)
        assert table.grant(first, None, NOW, SOON)
        assert not table.refuse(second, bert, SOON)
        assert table.refuse(second, anna, SOON)
        refused = table.by_id(second)
        assert refused is not None
        assert refused.state_at(LATER) is WarrantState.REFUSED
        assert [one.id for one in table.latest(9)] == [second, first]
        assert [one.id for one in table.latest(1)] == [second]
        table.forget(SOON)
        assert [one.id for one in table.latest(9)] == [second]
        assert table.by_id(WarrantId(99)) is None

    await store.write(unit, "test")
