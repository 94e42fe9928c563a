"""A dry run tells what will go, when and why, and then it goes so. domain.md §3."""

from collections import Counter
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.letters import a_letter
from tests.support.world import a_world

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.mailbox import INBOX, Drawer, Uid
from vaguemestre.policy.retention import Retention
from vaguemestre.service.ports.store import Transaction

RETENTION = Retention(by_drawer={Drawer("\\Trash"): timedelta(days=30)})


@pytest.mark.parametrize("page", [1, 2, 1_000])
async def test_what_is_forecast_is_what_goes_each_message_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr("vaguemestre.service.expiry.forecast.PAGE", page)
    async with a_world(tmp_path, retention=RETENTION) as world:
        doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
        start = world.clock.now()
        for number in range(6):
            wish = format_datetime(start + timedelta(days=20)) if number % 2 else None
            letter = a_letter(doctor, CITIZEN, message_id=f"<{number}@x>", expires=wish)
            assert (await world.send(doctor, letter, CITIZEN)).is_positive
            world.clock.pass_(hours=13)

        def throw_away(tx: Transaction) -> None:
            inbox, trash = tx.mailboxes.by_name(citizen.id, INBOX), tx.mailboxes.by_name(citizen.id, "Trash")
            assert inbox is not None
            assert trash is not None
            tx.messages.copy(inbox.id, [Uid(1), Uid(2)], trash.id, world.clock.now())

        await world.store.write(throw_away, "copy")
        assert (await world.expiry.forecast()).slots == {}
        seen: list[int] = []
        found = await world.expiry.forecast(start + timedelta(days=120), seen.append)
        assert (found.total.messages, found.bals) == (8, 1)
        assert sum(seen) >= 8
        told = Counter[tuple[str, str, str]]()
        for slot, part in found.slots.items():
            told[slot.day.isoformat(), slot.drawer, slot.reason.value] += part.messages
        assert told == {
            ("2026-12-12", "", "expires"): 3,
            ("2026-12-12", "\\Trash", "expires"): 1,
            ("2026-12-25", "\\Trash", "folder"): 1,
            ("2027-02-20", "", "retention"): 1,
            ("2027-02-21", "", "retention"): 1,
            ("2027-02-22", "", "retention"): 1,
        }
        gone: Counter[str] = Counter()
        while world.clock.now() < start + timedelta(days=120):
            day = world.clock.now().date().isoformat()
            world.clock.moment = world.clock.now().replace(hour=23, minute=59)
            gone[day] += (await world.expiry.step(100)).messages
            world.clock.pass_(days=1)
        assert +gone == Counter(
            {"2026-12-12": 4, "2026-12-25": 1, "2027-02-20": 1, "2027-02-21": 1, "2027-02-22": 1}
        )
