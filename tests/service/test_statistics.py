"""A month is counted once, whatever stops it, and outlasts what it was counted from. domain.md §8."""

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import SEEN, Uid
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.audit.chaining import Chaining
from vaguemestre.service.audit.journal_upkeep import JournalUpkeep
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.ports.statistics import Cell, Figure
from vaguemestre.service.statistics.counting import AT_ONCE, MonthlyCount
from vaguemestre.service.statistics.folding import with_totals
from vaguemestre.service.statistics.indicators import Number, columns_from
from vaguemestre.service.statistics.monthly import MonthlyFigures

PARIS = ZoneInfo("Europe/Paris")
CABINET, PATIENTS = ("cabinet.mssante.fr", "PER"), ("patient.mssante.fr", "CITIZEN")
KEY = bytes(32)


def a_count(world: World) -> MonthlyCount:
    return MonthlyCount(world.store, world.clock, PARIS)


async def chained(world: World) -> None:
    await Chaining(world.store, world.clock, KEY, world.vault.witness(KEY)).chain_all()


async def told(world: World, whose: tuple[str, str], month: str = "2026-11") -> dict[str, Number]:
    """What is not nothing."""
    for one in await MonthlyFigures(world.store, (), ";").figures(month):
        if (one.domain, one.kind) == whose:
            return {key: value for key, value in one.values.items() if value}
    return {}


async def a_month(world: World) -> tuple[Bal, Bal]:
    """A doctor writes to a citizen, who reads and answers once, and once to somebody who never wrote."""
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.bal(OTHER_DOCTOR)
    assert (await world.send(doctor, a_letter(DOCTOR, CITIZEN), CITIZEN)).is_positive
    assert not (await world.send(citizen, a_letter(CITIZEN, OTHER_DOCTOR), OTHER_DOCTOR)).is_positive
    opened, leave = await world.mailboxes.open(citizen.id, "INBOX", lambda _: None)
    await opened.store_flags(citizen, [Uid(1)], FlagChange(FlagMode.ADD, SEEN))
    leave()
    await chained(world)
    return doctor, citizen


async def test_a_month_is_counted_by_domain_and_kind(world: World) -> None:
    doctor, _ = await a_month(world)
    await a_count(world).catch_up()
    of_doctors, of_citizens = await told(world, CABINET), await told(world, PATIENTS)
    assert of_citizens.pop("volume")
    assert of_doctors == {
        "sent": 1,
        "sent_to_citizens": 1,
        "conversations_opened": 1,
        "mailboxes_created": 2,
        "mailboxes_active": 2,
        "mailboxes_seen": 2,
    }
    assert of_citizens == {
        "received": 1,
        "received_from_professionals": 1,
        "refused": 1,
        "conversations_opened": 1,
        "mailboxes_created": 1,
        "mailboxes_active": 1,
        "mailboxes_seen": 1,
    }
    await world.change(doctor, ProfileAct.CLOSE)
    await chained(world)
    world.clock.pass_(days=1)
    await a_count(world).catch_up()
    of_doctors = await told(world, CABINET)
    assert (of_doctors["mailboxes_active"], of_doctors["mailboxes_closed"]) == (1, 1)
    assert (of_doctors["mailboxes_ended"], of_doctors["conversations_closed"]) == (1, 1)


async def test_a_line_is_never_counted_twice(world: World) -> None:
    await a_month(world)
    for _ in range(3):
        await a_count(world).catch_up()  # each as another process, after the one before was killed
    assert (await told(world, CABINET))["sent"] == 1
    assert await a_count(world).again() == "2025-12"
    assert (await told(world, CABINET))["sent"] == 1


async def test_a_step_that_is_undone_is_counted_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_month(world)

    def killed(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("vaguemestre.store.statistics.StatisticTable.add", killed)
        with pytest.raises(RuntimeError):
            await a_count(world).run_once(AT_ONCE)
    await a_count(world).catch_up()
    assert (await told(world, CABINET))["sent"] == 1


async def test_openings_are_told_thirty_days_later(world: World) -> None:
    await a_month(world)
    world.clock.pass_(days=29)
    await a_count(world).catch_up()
    assert "delivered" not in await told(world, PATIENTS)
    world.clock.pass_(days=2)
    await a_count(world).catch_up()
    of_citizens = await told(world, PATIENTS)
    assert (of_citizens["delivered"], of_citizens["opened"]) == (1, 1)
    assert str(of_citizens["opening_rate"]) == "100.0"


async def test_a_month_outlasts_journal_and_traces_even_when_it_is_counted_again(world: World) -> None:
    await a_month(world)
    world.clock.pass_(days=31)
    await a_count(world).catch_up()
    before = await told(world, CABINET), await told(world, PATIENTS)
    world.clock.pass_(days=400)
    await chained(world)
    await JournalUpkeep(world.store, world.clock).run_once(500)
    await world.tracing.forget_once(500)
    assert not await world.store.read(lambda tx: tx.journal.entries(event="accepted"))
    assert await a_count(world).again() > "2026-11"
    assert (await told(world, CABINET), await told(world, PATIENTS)) == before


async def test_figures_are_written_as_csv_and_under_names_of_others(world: World) -> None:
    await a_month(world)
    await a_count(world).catch_up()
    monthly = MonthlyFigures(world.store, columns_from(["Mois=month", "D=domain", "Émis=sent"]), ";")
    assert monthly.has_columns
    assert await monthly.months() == ["2026-11"]
    head, first, *_ = (await whole(monthly.csv())).split("\r\n")
    assert head.startswith("month,domain,kind,sent,")
    assert first.startswith("2026-11,cabinet.mssante.fr,PER,1,")
    assert await whole(monthly.under_names(domain="CABINET.mssante.fr")) == (
        "Mois;D;Émis\r\n2026-11;cabinet.mssante.fr;1\r\n"
    )
    for parts in (monthly.csv(), monthly.under_names()):
        assert CITIZEN.partition("@")[0] not in await whole(parts)


async def whole(parts: AsyncIterator[str]) -> str:
    """A file that is given in parts."""
    return "".join([part async for part in parts])


async def test_a_year_has_its_months_in_their_order_and_no_others(world: World) -> None:
    monthly, more = (
        MonthlyFigures(world.store, (), ";"),
        Cell("2026-01", "a.fr", "PER", Figure.SENT, "citizen"),
    )
    sums = {more: 3, more._replace(month="2025-01"): 2, more._replace(month="2024-12"): 1}
    sums[more._replace(domain="b.fr")] = 40
    await world.store.write(lambda tx: tx.statistics.add(with_totals(sums)), "test")
    year = await monthly.year("2026-01", "A.fr")
    assert (len(year.months), year.months[0], year.months[-1]) == (13, "2025-01", "2026-01")
    assert {month: row.values["sent"] for month, row in year.whole.items()} == {"2025-01": 2, "2026-01": 3}
    assert [row.kind for row in year.kinds] == ["PER"]
    assert (await monthly.year("2026-01")).whole["2026-01"].values["sent"] == 43
    assert not (await monthly.year("2026-02", "a.fr")).kinds
    assert [row.domain for row in await monthly.by_domain("2026-01")] == ["b.fr", "a.fr"]
