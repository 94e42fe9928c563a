"""The last good list stays in force, whatever comes, and its age is told. domain.md §6."""

from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, KeptTrust, a_kept_trust, a_signed_list

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault, TrustListRefused

NORTH = ("nord.mssante.fr", A_HOSPITAL[1])
SOUTH = ("sud.mssante.fr", A_HOSPITAL[1])
OTHER = "CN=autre.example,OU=399999999900064,O=AUTRE,C=FR"


@pytest.fixture
def kept(health_pki: HealthPki, tmp_path: Path) -> KeptTrust:
    return a_kept_trust(health_pki, tmp_path)


async def events(kept: KeptTrust) -> list[str]:
    """What the worker's next look at the source says in the log."""
    kept.clock.moment += timedelta(hours=1)
    with capture_logs() as logs:
        await kept.keeping.run_once(1)
    return [f"{line['log_level']} {line['event']}" for line in logs]


async def test_a_first_list_is_taken_before_the_doors_open(kept: KeptTrust) -> None:
    kept.publish()
    await kept.keeping.begin()
    space = kept.keeping.space
    assert space.is_current
    assert space.accepts("hopital.mssante.fr", parse_name(A_HOSPITAL[1]))
    assert kept.kept.exists()


async def test_a_restart_needs_no_source(kept: KeptTrust) -> None:
    octets = kept.publish()
    await kept.keeping.begin()
    (kept.folder / "published.xml").unlink()
    again = a_kept_trust(kept.pki, kept.folder, kept.clock)
    await again.keeping.begin()
    assert again.keeping.space.lists("hopital.mssante.fr")
    assert kept.kept.read_bytes() == octets


async def test_what_was_kept_is_verified_again(kept: KeptTrust) -> None:
    kept.publish()
    await kept.keeping.begin()
    (kept.folder / "published.xml").unlink()
    kept.kept.write_bytes(kept.kept.read_bytes().replace(b"hopital", b"pirate."))
    again = a_kept_trust(kept.pki, kept.folder, kept.clock)
    with capture_logs() as logs:
        await again.keeping.begin()
    assert again.keeping.space.current is None
    assert "kept_trust_list_refused" in [line["event"] for line in logs]


async def test_nothing_anywhere_is_an_alarm_and_no_crash(kept: KeptTrust) -> None:
    with capture_logs() as logs:
        await kept.keeping.begin()
    assert [line["event"] for line in logs] == ["trust_list_not_fetched", "trust_list_missing"]
    assert not kept.keeping.space.is_current


async def test_a_newer_list_takes_its_place_and_what_changed_is_told(kept: KeptTrust) -> None:
    kept.publish(NORTH, SOUTH)
    await kept.keeping.begin()
    kept.clock.moment += timedelta(hours=2)
    kept.publish((NORTH[0], OTHER), A_HOSPITAL)
    done = await kept.keeping.refresh()
    assert done.difference is not None
    assert not done.is_first
    assert done.difference.added == ("hopital.mssante.fr",)
    assert done.difference.gone == ("sud.mssante.fr",)
    assert done.difference.changed == ("nord.mssante.fr",)
    assert kept.keeping.space.accepts("nord.mssante.fr", parse_name(OTHER))


async def test_the_same_file_is_not_read_again(kept: KeptTrust) -> None:
    kept.publish()
    assert (await kept.keeping.refresh()).is_first
    assert (await kept.keeping.refresh()).difference is None


async def test_the_source_is_looked_at_at_its_pace_and_sooner_after_a_failure(kept: KeptTrust) -> None:
    kept.publish()
    await kept.keeping.run_once(1)
    kept.put(b"rubbish")
    paces = []
    for minutes in (30, 31, 4, 2):
        kept.clock.moment += timedelta(minutes=minutes)
        with capture_logs() as logs:
            await kept.keeping.run_once(1)
        paces.append([line["event"] for line in logs])
    assert paces == [[], ["trust_list_refused"], [], ["trust_list_refused"]]


async def test_what_is_refused_is_refused_again_until_it_is_mended(kept: KeptTrust) -> None:
    good = kept.publish()
    await kept.keeping.begin()
    kept.put(good[:-30])
    for _ in range(2):
        assert await events(kept) == ["error trust_list_refused"]
    assert kept.kept.read_bytes() == good
    assert kept.keeping.space.lists("hopital.mssante.fr")
    kept.publish(NORTH)
    assert await events(kept) == ["info trust_list_taken", "warning trust_list_shrunk"]


async def test_a_list_that_loses_too_many_domains_is_taken_when_somebody_says_so(
    health_pki: HealthPki, tmp_path: Path
) -> None:
    kept = a_kept_trust(health_pki, tmp_path, most_gone=25)
    domains = [(f"d{number}.mssante.fr", A_HOSPITAL[1]) for number in range(4)]
    kept.publish(*domains)
    await kept.keeping.begin()
    kept.clock.moment += timedelta(hours=1)
    kept.publish(*domains[1:], NORTH)
    assert await events(kept) == ["info trust_list_taken", "warning trust_list_shrunk"]
    kept.clock.moment += timedelta(hours=1)
    small = kept.publish(*domains[2:], SOUTH)
    assert await events(kept) == ["error trust_list_refused"]
    with pytest.raises(TrustListRefused, match="loses 2 domains of 4") as refused:
        await kept.keeping.verify(small)
    assert refused.value.fault is ListFault.SHRUNK
    assert kept.keeping.space.lists("d1.mssante.fr")
    again = a_kept_trust(health_pki, tmp_path, kept.clock, most_gone=25)  # a command beside the server
    await again.keeping.load()
    done = await again.keeping.refresh(may_shrink=True)
    assert done.difference is not None
    assert len(done.difference.gone) == 2
    assert "info trust_list_taken" in await events(kept)
    assert not kept.keeping.space.lists("d1.mssante.fr")


async def test_its_age_is_told_then_it_is_not_acted_on(kept: KeptTrust) -> None:
    kept.publish()
    await kept.keeping.begin()
    kept.clock.moment = NOON + timedelta(days=3)
    assert await events(kept) == ["warning trust_list_old"]
    kept.clock.moment = NOON + timedelta(days=14)
    assert await events(kept) == ["error trust_list_too_old"]
    assert not kept.keeping.space.is_current
    kept.publish()
    assert await events(kept) == ["info trust_list_taken"]
    assert kept.keeping.space.is_current


async def test_entries_that_were_skipped_are_told(kept: KeptTrust) -> None:
    kept.publish(A_HOSPITAL, ("pas un domaine", A_HOSPITAL[1]))
    assert await events(kept) == ["info trust_list_taken", "warning trust_list_entries_skipped"]


async def test_a_list_that_a_command_took_is_taken_by_the_server_beside(kept: KeptTrust) -> None:
    kept.publish()
    await kept.keeping.begin()
    command = a_kept_trust(kept.pki, kept.folder, kept.clock)
    await command.keeping.load()
    kept.publish(NORTH)
    await command.keeping.refresh()
    with capture_logs() as logs:
        await kept.keeping.run_once(1)
    assert [line["event"] for line in logs] == ["trust_list_taken", "trust_list_shrunk"]
    assert kept.keeping.space.lists("nord.mssante.fr")


async def test_a_list_that_lost_many_domains_is_taken_and_told(kept: KeptTrust) -> None:
    kept.publish(*((f"d{number}.mssante.fr", A_HOSPITAL[1]) for number in range(20)))
    await kept.keeping.begin()
    for left, said in (
        (18, ["info trust_list_taken"]),
        (16, ["info trust_list_taken", "warning trust_list_shrunk"]),
    ):
        kept.clock.moment += timedelta(minutes=1)
        kept.publish(*((f"d{number}.mssante.fr", A_HOSPITAL[1]) for number in range(left)))
        assert await events(kept) == said


async def test_a_list_of_the_future_is_refused_since_it_would_bar_all_others(kept: KeptTrust) -> None:
    kept.publish(at=NOON + timedelta(minutes=59))
    await kept.keeping.refresh()
    kept.publish(at=NOON + timedelta(minutes=61))
    with pytest.raises(TrustListRefused) as caught:
        await kept.keeping.refresh()
    assert caught.value.fault is ListFault.EARLY


async def test_a_list_may_be_verified_without_being_taken(kept: KeptTrust) -> None:
    found = await kept.keeping.verify(a_signed_list(kept.pki, [NORTH], NOON))
    assert found.trust_list.lists("nord.mssante.fr")
    assert "CN=liste.confiance.example" in found.signer
    assert kept.keeping.space.current is None
    assert not kept.kept.exists()
