"""Fourteen months of sums as a service that grows leaves them, always the same."""

from typing import Final

from tests.support.console_house import CITIZEN_DOMAIN, PROFESSIONAL_DOMAIN, ConsoleHouse

from vaguemestre.service.ports.statistics import Cell, Figure
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.statistics.folding import with_totals

MONTHS: Final = tuple(f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13))[-14:]
_A_MONTH: Final = (
    (PROFESSIONAL_DOMAIN, "PER", Figure.SENT, "citizen", 900),
    (PROFESSIONAL_DOMAIN, "PER", Figure.SENT, "professional", 1_400),
    (PROFESSIONAL_DOMAIN, "PER", Figure.SENT, "elsewhere", 2_100),
    (PROFESSIONAL_DOMAIN, "ORG", Figure.SENT, "several", 60),
    (PROFESSIONAL_DOMAIN, "PER", Figure.RECEIVED, "professional", 1_400),
    (PROFESSIONAL_DOMAIN, "APP", Figure.RECEIVED, "elsewhere", 3_300),
    (PROFESSIONAL_DOMAIN, "PER", Figure.RECEIVED, "citizen", 400),
    (PROFESSIONAL_DOMAIN, "PER", Figure.DELIVERED, "", 1_700),
    (PROFESSIONAL_DOMAIN, "PER", Figure.OPENED, "", 1_230),
    (PROFESSIONAL_DOMAIN, "PER", Figure.SIGN_INS, "", 12_000),
    (PROFESSIONAL_DOMAIN, "PER", Figure.MAILBOXES, "active", 130),
    (PROFESSIONAL_DOMAIN, "PER", Figure.VOLUME, "", 7_654_321_000),
    (PROFESSIONAL_DOMAIN, "PER", Figure.CONVERSATIONS_OPENED, "", 310),
    (CITIZEN_DOMAIN, "CITIZEN", Figure.RECEIVED, "professional", 900),
    (CITIZEN_DOMAIN, "CITIZEN", Figure.MAILBOXES, "active", 2_400),
    ("", "", Figure.REFUSED, "", 25),
)


async def months_went_by(house: ConsoleHouse) -> None:
    """Each a little more than the one before, but the last, which is no more than a third."""

    def unit(tx: Transaction) -> None:
        for number, month in enumerate(MONTHS):
            share = 1 + 0.05 * number if month != MONTHS[-1] else 0.3
            sums = {
                Cell(month, domain, kind, figure, about): round(count * share)
                for domain, kind, figure, about, count in _A_MONTH
            }
            tx.statistics.add(with_totals(sums))

    await house.app.services.store.write(unit, "test", is_long=True)
