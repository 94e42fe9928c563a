"""What only PostgreSQL can do to us: go away and come back."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest
from tests.support.postgresql import a_database

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.service.store_port import NewBal, StoreBusyError, Transaction
from vaguemestre.store.open import open_store

NOW = datetime(2026, 3, 14, tzinfo=UTC)


def a_bal(tx: Transaction, local: str) -> Bal:
    return tx.bals.add(NewBal(Address(local, "patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW)


async def test_connections_cut_by_the_server_are_opened_again(
    postgresql: str, migrated_database: str
) -> None:
    url = a_database(postgresql, template=migrated_database)
    store = await open_store(url)
    await asyncio.gather(*(store.write(lambda tx, n=n: a_bal(tx, f"a{n}"), "test") for n in range(20)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    with psycopg.connect(postgresql, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vaguemestre'"
        )
    assert len(await store.read(lambda tx: tx.bals.all())) == 20
    await asyncio.gather(*(store.write(lambda tx, n=n: a_bal(tx, f"b{n}"), "test") for n in range(20)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert len(await store.read(lambda tx: tx.bals.all())) == 40
    await store.close()


async def test_a_connection_cut_in_the_middle_of_a_unit_is_busy_and_nothing_is_kept(
    postgresql: str, migrated_database: str
) -> None:
    url = a_database(postgresql, template=migrated_database)
    store = await open_store(url)

    def cut(tx: Transaction) -> Bal:
        a_bal(tx, "half")
        with psycopg.connect(postgresql, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'vaguemestre' AND state = 'idle in transaction'"
            )
        return a_bal(tx, "whole")

    with pytest.raises(StoreBusyError):
        await store.write(cut, "test")
    assert await store.read(lambda tx: tx.bals.all()) == []
    await store.write(lambda tx: a_bal(tx, "after"), "test")
    await store.close()


async def test_a_server_that_is_not_there_is_busy() -> None:
    with pytest.raises(StoreBusyError):
        await open_store("postgresql://nobody@127.0.0.1:1/nothing")
