"""A list that a server takes by itself has its line in the journal. domain.md §6, domain.md §3."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.builders import NOON
from tests.support.migrated import a_migrated_file
from tests.support.trust_lists import A_HOSPITAL, KeptTrust, a_kept_trust
from tests.support.world import FakeClock

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.store import Store
from vaguemestre.service.trust.recording import TrustJournal
from vaguemestre.store.open import open_store

NORTH = ("nord.mssante.fr", A_HOSPITAL[1])
OTHER = "CN=autre.example,OU=399999999900064,O=AUTRE,C=FR"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(a_migrated_file(tmp_path / "store.db"), busy_timeout=0.01)
    yield opened
    await opened.close()


@pytest.fixture
def kept(health_pki: HealthPki, tmp_path: Path, store: Store) -> KeptTrust:
    clock = FakeClock(NOON)
    return a_kept_trust(health_pki, tmp_path, clock, journal=TrustJournal(store, clock))


async def lines(store: Store) -> list[dict[str, str]]:
    entries = await store.read(lambda tx: tx.journal.entries(limit=100))
    assert {(entry.actor, entry.event) for entry in entries} <= {("rule:TRUST", "trust_list_taken")}
    return [dict(entry.detail) for entry in entries]


async def look_later(kept: KeptTrust, *pairs: tuple[str, str]) -> None:
    kept.clock.moment += kept.keeping.terms.every
    if pairs:
        kept.publish(*pairs)
    await kept.keeping.run_once(1)


async def test_each_list_has_a_line_with_its_date_its_numbers_and_what_came_and_went(
    kept: KeptTrust, store: Store
) -> None:
    kept.publish(A_HOSPITAL, NORTH)
    await kept.keeping.begin()
    await look_later(kept, ("sud.mssante.fr", OTHER), (A_HOSPITAL[0], OTHER))
    first, second = sorted(await lines(store), key=lambda line: line["generated_at"])
    assert (first["added"], first["added_domains"]) == ("2", "hopital.mssante.fr nord.mssante.fr")
    assert second["generated_at"] == kept.clock.moment.isoformat()
    assert (second["domains"], second["entries"], second["skipped"]) == ("2", "2", "0")
    assert (second["added_domains"], second["gone_domains"]) == ("sud.mssante.fr", "nord.mssante.fr")
    assert second["changed_domains"] == "hopital.mssante.fr"
    assert not any("@" in value for line in (first, second) for value in line.values())


async def test_a_list_that_is_the_same_has_none_even_after_a_restart(
    kept: KeptTrust, store: Store, tmp_path: Path
) -> None:
    kept.publish(A_HOSPITAL)
    await kept.keeping.begin()
    await look_later(kept)
    again = a_kept_trust(kept.pki, tmp_path, kept.clock, journal=TrustJournal(store, kept.clock))
    await again.keeping.begin()
    await look_later(again)
    assert len(await lines(store)) == 1


async def test_many_domains_are_counted_and_twenty_named(kept: KeptTrust, store: Store) -> None:
    kept.publish(*((f"d{number:02}.mssante.fr", OTHER) for number in range(30)))
    await kept.keeping.begin()
    (line,) = await lines(store)
    assert (line["added"], len(line["added_domains"].split())) == ("30", 21)
    assert line["added_domains"].endswith("d19.mssante.fr …")


async def test_a_line_that_cannot_be_written_is_written_later_and_the_list_is_in_force(
    kept: KeptTrust, store: Store, tmp_path: Path
) -> None:
    kept.publish(A_HOSPITAL)
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with capture_logs() as logs:
            await kept.keeping.begin()
        other.execute("ROLLBACK")
    assert "trust_list_not_journalled" in [line["event"] for line in logs]
    assert kept.keeping.space.lists("hopital.mssante.fr")
    assert await lines(store) == []
    await kept.keeping.run_once(1)
    assert len(await lines(store)) == 1
