"""Accounts and sessions of the console, alike on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vaguemestre.policy.administration import Role
from vaguemestre.service.ports.administrator import AdministratorId, ConsoleSession, Enrolment, Link
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


async def test_an_account_is_found_by_name_number_and_link_until_the_link_is_used(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        table = tx.administrators
        zoe, anna = table.add("zoe", Role.AUDITOR, NOW), table.add("anna", Role.SUPPORT, NOW)
        with pytest.raises(ValueError, match="of that name"):
            table.add("anna", Role.OPERATOR, NOW)
        table.invite(anna, Enrolment(b"link", LATER), b"sealed")
        found = table.by_enrolment(b"link")
        assert found is not None
        assert found == table.by_id(anna) == table.by_name("anna")
        assert (found.second_factor, found.enrolment, found.is_enrolled) == (
            b"sealed",
            Enrolment(b"link", LATER),
            False,
        )
        assert [one.id for one in table.all()] == [anna, zoe]
        assert not table.enrol(anna, b"another", "hash", 7)
        assert table.enrol(anna, b"link", "hash", 7)
        assert not table.enrol(anna, b"link", "hash", 8)
        assert table.by_enrolment(b"link") is None
        found = table.by_id(anna)
        assert found is not None
        assert (found.password, found.step, found.enrolment) == ("hash", 7, None)
        table.set_role(anna, Role.DIRECTORY)
        table.set_enabled(anna, False)
        found = table.by_name("anna")
        assert found is not None
        assert (found.role, found.is_enabled) == (Role.DIRECTORY, False)
        assert table.by_name("nobody") is None
        assert table.by_id(AdministratorId(99)) is None

    await store.write(unit, "test")


async def test_what_a_provider_calls_somebody_is_one_name_of_one_person(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        table = tx.administrators
        anna, bert = (table.add(name, Role.SUPPORT, NOW) for name in ("anna", "bert"))
        here, there = Link("https://a.example", "7"), Link("https://b.example", "7")
        assert table.by_link(here) is None
        table.link(anna, here)
        table.link(bert, there)
        found = table.by_link(here)
        assert found is not None
        assert (found, found.id, found.link) == (table.by_name("anna"), anna, here)
        table.unlink(bert)
        table.link(anna, there)
        assert table.by_link(here) is None
        assert [one.link for one in table.all()] == [there, None]
        assert table.unlink(anna)
        assert not table.unlink(anna)

    await store.write(unit, "test")


async def test_a_moments_code_is_used_once_and_none_before_it(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        table = tx.administrators
        anna = table.add("anna", Role.SUPPORT, NOW)
        assert table.use_step(anna, 5)
        assert not table.use_step(anna, 5)
        assert not table.use_step(anna, 4)

    await store.write(unit, "test")


async def test_sessions_begin_are_seen_and_end(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        table = tx.administrators
        anna = table.add("anna", Role.SUPPORT, NOW)
        first = ConsoleSession(b"1", anna, NOW, NOW, "192.0.2.1", "Firefox")
        second = replace(first, digest=b"2", began_at=LATER, seen_at=LATER)
        table.begin(first)
        table.begin(second)
        assert table.sessions(anna) == [second, first]
        found = table.by_id(anna)
        assert found is not None
        assert found.signed_in_at == LATER
        table.see(b"1", LATER)
        assert table.session(b"1") == replace(first, seen_at=LATER)
        table.forget_sessions(NOW, LATER)
        assert len(table.sessions(anna)) == 2
        table.forget_sessions(LATER, LATER)
        assert table.session(b"1") is None
        assert table.end(b"2")
        assert not table.end(b"2")
        table.begin(first)
        assert table.end_all(anna) == 1

    await store.write(unit, "test")


async def test_other_sessions_end_and_this_one_stays(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        anna, bert = (tx.administrators.add(name, Role.SUPPORT, NOW) for name in ("anna", "bert"))
        for digest, whose in ((b"1", anna), (b"2", anna), (b"3", bert)):
            tx.administrators.begin(ConsoleSession(digest, whose, NOW, NOW, "192.0.2.1", "Firefox"))
        assert tx.administrators.end_others(anna, b"1") == 1
        assert [one.digest for one in tx.administrators.sessions(anna)] == [b"1"]
        assert len(tx.administrators.sessions(bert)) == 1

    await store.write(unit, "test")
