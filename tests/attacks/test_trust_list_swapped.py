"""The list changes while it is asked and fetched: each answer is of one list, whole. domain.md §6."""

import asyncio
from datetime import timedelta
from pathlib import Path

from tests.support.trust_lists import A_HOSPITAL, a_kept_trust

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.net.health_pki import HealthPki

FIRST, SECOND = A_HOSPITAL[1], "CN=autre.example,OU=399999999900064,O=AUTRE,C=FR"
DOMAINS = [f"d{number}.mssante.fr" for number in range(50)]


async def test_sessions_ask_on_while_lists_come_and_go(health_pki: HealthPki, tmp_path: Path) -> None:
    kept = a_kept_trust(health_pki, tmp_path)
    kept.publish(*((domain, FIRST) for domain in DOMAINS))
    await kept.keeping.begin()
    space, done = kept.keeping.space, asyncio.Event()
    first, second = parse_name(FIRST), parse_name(SECOND)
    seen: set[tuple[bool, bool]] = set()

    async def session() -> None:
        while not done.is_set():
            seen.update((space.accepts(domain, first), space.accepts(domain, second)) for domain in DOMAINS)
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session())
        for turn in range(6):
            kept.clock.moment += timedelta(minutes=1)
            kept.publish(*((domain, (SECOND, FIRST)[turn % 2]) for domain in DOMAINS))
            assert (await kept.keeping.refresh()).difference
        done.set()
    assert seen == {(True, False), (False, True)}


async def test_a_list_that_is_cut_while_it_is_written_changes_nothing(
    health_pki: HealthPki, tmp_path: Path
) -> None:
    kept = a_kept_trust(health_pki, tmp_path)
    good = kept.publish()
    await kept.keeping.begin()
    for cut in (0, 1, len(good) // 2, len(good) - 1):
        kept.clock.moment += timedelta(hours=2)
        kept.put(good[:cut])
        await kept.keeping.run_once(1)
        assert kept.keeping.space.lists("hopital.mssante.fr")
    assert kept.kept.read_bytes() == good
    assert [path.name for path in kept.kept.parent.iterdir()] == ["trust-list.xml"]
