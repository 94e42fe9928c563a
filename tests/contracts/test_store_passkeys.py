"""Passkeys and challenges, alike on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from vaguemestre.policy.administration import Role
from vaguemestre.service.ports.passkey import Challenge, Passkey, Purpose
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


async def test_a_passkey_belongs_to_one_administrator_and_goes_with_him_alone(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        anna, bert = (tx.administrators.add(name, Role.SUPPORT, NOW) for name in ("anna", "bert"))
        first = tx.passkeys.add(anna, b"one", b"key", 7, "Clé bleue", NOW)
        second = tx.passkeys.add(anna, b"two", b"other", 0, "Téléphone", LATER)
        hers = tx.passkeys.add(bert, b"three", b"third", 0, "Clé", NOW)
        with pytest.raises(ValueError, match="of that credential"):
            tx.passkeys.add(bert, b"one", b"key", 0, "Volée", NOW)
        found = Passkey(first, anna, b"one", b"key", 7, "Clé bleue", NOW, None)
        assert tx.passkeys.by_credential(b"one") == found
        assert tx.passkeys.by_credential(b"four") is None
        assert [one.id for one in tx.passkeys.of(anna)] == [first, second]
        assert [one.passkeys for one in tx.administrators.all()] == [2, 1]
        assert tx.passkeys.remove(bert, first) is None
        assert tx.passkeys.remove(anna, first) == "Clé bleue"
        assert tx.passkeys.remove(anna, first) is None
        assert tx.passkeys.remove_all(anna) == 1
        assert [one.id for one in tx.passkeys.of(bert)] == [hers]

    await store.write(unit, "test")


async def test_a_counter_goes_up_or_is_nought_for_ever(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        anna = tx.administrators.add("anna", Role.SUPPORT, NOW)
        counts = tx.passkeys.add(anna, b"one", b"key", 7, "Clé bleue", NOW)
        does_not = tx.passkeys.add(anna, b"two", b"key", 0, "Téléphone", NOW)
        assert tx.passkeys.use(counts, 9, LATER)
        assert not tx.passkeys.use(counts, 9, LATER)
        assert not tx.passkeys.use(counts, 0, LATER)
        assert tx.passkeys.use(does_not, 0, LATER)
        assert tx.passkeys.use(does_not, 0, LATER)
        assert [(one.uses, one.used_at) for one in tx.passkeys.of(anna)] == [(9, LATER), (0, LATER)]
        tx.passkeys.remove_all(anna)
        assert not tx.passkeys.use(does_not, 0, LATER)

    await store.write(unit, "test")


async def test_a_challenge_comes_back_once_in_time_for_what_it_was_given_for(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        anna, bert = (tx.administrators.add(name, Role.SUPPORT, NOW) for name in ("anna", "bert"))
        table = tx.challenges
        table.give(Challenge(b"hers", Purpose.REGISTER, anna, b"net", LATER))
        table.give(Challenge(b"anybody", Purpose.SIGN_IN, None, b"net", LATER))
        table.give(Challenge(b"elsewhere", Purpose.SIGN_IN, None, b"other", LATER))
        assert (table.given(b"net", NOW), table.given(b"net", LATER)) == (2, 0)
        assert not table.take(b"hers", Purpose.SIGN_IN, anna, NOW)
        assert not table.take(b"hers", Purpose.REGISTER, bert, NOW)
        assert not table.take(b"hers", Purpose.REGISTER, None, NOW)
        assert not table.take(b"hers", Purpose.REGISTER, anna, LATER)
        assert table.take(b"hers", Purpose.REGISTER, anna, NOW)
        assert not table.take(b"hers", Purpose.REGISTER, anna, NOW)
        assert table.take(b"anybody", Purpose.SIGN_IN, None, NOW)
        table.forget(NOW)
        assert table.given(b"other", NOW) == 1
        table.forget(LATER)
        assert table.given(b"other", NOW) == 0

    await store.write(unit, "test")
