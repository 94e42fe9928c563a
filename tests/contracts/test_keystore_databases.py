"""The contract of the key store, run against SQLite and against a real PostgreSQL server."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from tests.support.servers import postgresql
from tests.support.vault import CLAIRE, PAUL

from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.service.ports.vault import KeyDay
from vaguemestre.vault.archived_keys import ArchivedKeys
from vaguemestre.vault.keystore import KeyStore, KeyStoreError, MasterChangedError, WrappedKey
from vaguemestre.vault.open import open_keystore

MONDAY, TUESDAY, SUNDAY = KeyDay(20_000), KeyDay(20_001), KeyDay(20_006)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/keys.db"
    address: str = request.getfixturevalue("empty_server")
    return address


@pytest.fixture
def empty_server(server: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS data_key, secret, state, archived_key")
    return server


@pytest.fixture
def store(url: str) -> Iterator[KeyStore]:
    store = open_keystore(url)
    assert store.master("first") == "first"
    yield store
    store.close()


def test_a_key_is_kept_once_and_found_by_another_process(store: KeyStore, url: str) -> None:
    made = store.made("first", {(CLAIRE, MONDAY): b"one", (PAUL, MONDAY): b"two"})
    assert made == {
        (CLAIRE, MONDAY): WrappedKey("first", b"one"),
        (PAUL, MONDAY): WrappedKey("first", b"two"),
    }
    other = open_keystore(url)
    assert other.made("first", {(CLAIRE, MONDAY): b"late"}) == {(CLAIRE, MONDAY): WrappedKey("first", b"one")}
    assert other.found(CLAIRE, [MONDAY, TUESDAY]) == {MONDAY: WrappedKey("first", b"one")}
    assert other.days(CLAIRE) == {MONDAY}
    other.close()


def test_many_processes_make_the_tables_at_once(url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(open_keystore, [url] * 4))
        masters = set(threads.map(lambda store: store[1].master(f"master {store[0]}"), enumerate(stores)))
    assert len(masters) == 1
    for store in stores:
        store.close()


def test_of_many_proposals_at_once_one_is_kept(url: str) -> None:
    stores = [open_keystore(url) for _ in range(4)]
    for store in stores:
        store.master("first")
    with ThreadPoolExecutor(4) as threads:
        proposals = [{(CLAIRE, KeyDay(day)): b"%d" % n for day in range(20)} for n in range(4)]
        kept = list(threads.map(lambda n: stores[n].made("first", proposals[n]), range(4)))
    assert all(one == kept[0] for one in kept)
    for store in stores:
        store.close()


def test_a_destroyed_key_is_told_from_one_that_never_was_and_never_comes_back(store: KeyStore) -> None:
    store.made("first", {(CLAIRE, MONDAY): b"one", (CLAIRE, TUESDAY): b"two", (PAUL, MONDAY): b"three"})
    before = store.epoch()
    assert store.destroyed([(CLAIRE, MONDAY), (CLAIRE, SUNDAY), (CLAIRE, MONDAY)]) == (
        frozenset({(CLAIRE, MONDAY)}),
        before + 1,
    )
    assert store.found(CLAIRE, [MONDAY, TUESDAY, SUNDAY]) == {
        MONDAY: None,
        TUESDAY: WrappedKey("first", b"two"),
    }
    assert store.made("first", {(CLAIRE, MONDAY): b"again"}) == {(CLAIRE, MONDAY): None}
    assert store.days(CLAIRE) == {TUESDAY}
    assert store.days(PAUL) == {MONDAY}
    assert store.destroyed([(CLAIRE, MONDAY)]) == (frozenset(), before + 2)


def test_many_days_are_found_at_once(store: KeyStore) -> None:
    days = [KeyDay(day) for day in range(1_000)]
    store.made("first", {(CLAIRE, day): b"%d" % day for day in days})
    assert len(store.found(CLAIRE, days)) == 1_000


def test_no_key_is_made_under_a_master_that_is_not_current(store: KeyStore) -> None:
    store.set_master("second")
    with pytest.raises(MasterChangedError):
        store.made("first", {(CLAIRE, MONDAY): b"one"})
    assert store.found(CLAIRE, [MONDAY]) == {}
    assert store.master("first") == "second"


def test_rewrapping_spares_what_was_destroyed_meanwhile(store: KeyStore) -> None:
    store.made("first", {(CLAIRE, MONDAY): b"one", (CLAIRE, TUESDAY): b"two"})
    store.secret_made("digest", WrappedKey("first", b"three"))
    store.set_master("second")
    old = store.under_other_masters("second", 10)
    named = store.secrets_under_other_masters("second")
    assert [place for place, _ in old] == [(CLAIRE, MONDAY), (CLAIRE, TUESDAY)]
    store.destroyed([(CLAIRE, MONDAY)])
    count = store.rewrapped(
        [(place, key, WrappedKey("second", b"new")) for place, key in old],
        [(name, key, WrappedKey("second", b"newer")) for name, key in named],
    )
    assert count == 2
    assert store.found(CLAIRE, [MONDAY, TUESDAY]) == {MONDAY: None, TUESDAY: WrappedKey("second", b"new")}
    assert store.secret("digest") == WrappedKey("second", b"newer")
    assert store.under_other_masters("second", 10) == []
    assert store.secrets_under_other_masters("second") == []


def test_the_first_secret_of_a_name_stays(store: KeyStore) -> None:
    assert store.secret("digest") is None
    assert store.secret_made("digest", WrappedKey("first", b"one")).octets == b"one"
    assert store.secret_made("digest", WrappedKey("first", b"two")).octets == b"one"


def test_a_key_store_of_another_version_is_refused(store: KeyStore, url: str) -> None:
    store.close()
    with pytest.raises(KeyStoreError):  # noqa: PT012 (opening what was changed is the statement)
        _set_schema(url, "2")
        open_keystore(url)


def _set_schema(url: str, schema: str) -> None:
    statement = f"UPDATE state SET value = '{schema}' WHERE name = 'schema'"  # noqa: S608 (a constant)
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())
    else:
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            file.execute(statement)
        file.close()


def test_a_server_that_restarts_is_found_again(empty_server: str) -> None:
    store = open_keystore(empty_server)
    first = store.master("first")
    with psycopg.connect(empty_server, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    assert store.days(CLAIRE) == frozenset()  # a read is simply asked again
    with pytest.raises(StoreBusyError):  # a write is not: nobody knows how far it went
        store.made(first, {(CLAIRE, SUNDAY): b"one"})
    assert store.made(first, {(CLAIRE, SUNDAY): b"one"}) == {(CLAIRE, SUNDAY): WrappedKey(first, b"one")}
    store.close()


def test_a_database_out_of_reach_is_busy_and_not_a_bug(tmp_path: Path) -> None:
    with pytest.raises(StoreBusyError):
        open_keystore("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(ValueError, match="sqlite:///PATH"):
        open_keystore("mysql://somewhere")


def test_keys_of_an_archive_leave_their_place_and_come_back_to_it(store: KeyStore) -> None:
    archived = ArchivedKeys(store.database)
    store.made("first", {(CLAIRE, MONDAY): b"1", (CLAIRE, TUESDAY): b"2", (PAUL, MONDAY): b"3"})
    kept = {
        (CLAIRE, MONDAY): (WrappedKey("first", b"1"), b"sealed 1"),
        (CLAIRE, TUESDAY): (WrappedKey("first", b"changed meanwhile"), b"sealed 2"),
    }
    epoch = store.epoch()
    assert archived.put("a", "key", kept) == (1, epoch + 1)
    assert store.days(CLAIRE) == {TUESDAY}
    assert store.found(CLAIRE, [MONDAY]) == {MONDAY: None}
    assert archived.of("a") == [((CLAIRE, MONDAY), "key", b"sealed 1")]
    assert archived.of("b") == []
    with pytest.raises(MasterChangedError):
        archived.give_back("a", "second", {(CLAIRE, MONDAY): b"4"})
    assert archived.give_back("b", "first", {(CLAIRE, MONDAY): b"4"}) == 0
    assert archived.give_back("a", "first", {(CLAIRE, MONDAY): b"4"}) == 1
    assert store.found(CLAIRE, [MONDAY]) == {MONDAY: WrappedKey("first", b"4")}
    assert archived.of("a") == []


def test_a_destroyed_archive_leaves_nothing_but_tombstones(store: KeyStore) -> None:
    archived = ArchivedKeys(store.database)
    store.made("first", {(CLAIRE, MONDAY): b"1"})
    archived.put("a", "key", {(CLAIRE, MONDAY): (WrappedKey("first", b"1"), b"sealed")})
    assert [archived.destroy("a"), archived.destroy("a")] == [1, 0]
    assert archived.of("a") == []
    assert store.made("first", {(CLAIRE, MONDAY): b"9"}) == {(CLAIRE, MONDAY): None}
