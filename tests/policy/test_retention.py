"""When a message goes, and why. domain.md §3."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from tests.support.builders import NOON

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.mailbox import NO_DRAWER, Drawer
from vaguemestre.policy.retention import Reason, Retention

TRASH, ARCHIVE = Drawer("\\Trash"), Drawer("Archive")
RETENTION = Retention(
    {BalKind.ORG: timedelta(days=60)},
    by_drawer={TRASH: timedelta(days=30), ARCHIVE: timedelta(days=365)},
)


@dataclass(frozen=True, slots=True)
class Message:
    kind: BalKind = BalKind.PER
    drawer: Drawer = NO_DRAWER
    put_at: datetime | None = None
    expires_at: datetime | None = None
    filed_at: datetime = NOON


def days(count: float) -> datetime:
    return NOON + timedelta(days=count)


@pytest.mark.parametrize(
    ("message", "due", "reason"),
    [
        (Message(), 90, Reason.RETENTION),
        (Message(BalKind.ORG), 60, Reason.RETENTION),
        (Message(expires_at=days(10)), 10, Reason.EXPIRES),
        (Message(expires_at=days(400)), 90, Reason.RETENTION),
        (Message(drawer=TRASH, put_at=NOON), 30, Reason.FOLDER),
        (Message(drawer=TRASH, put_at=days(50)), 80, Reason.FOLDER),
        (Message(drawer=TRASH, put_at=days(80)), 90, Reason.RETENTION),
        (Message(BalKind.ORG, TRASH, days(50)), 60, Reason.RETENTION),
        (Message(drawer=TRASH, put_at=days(1), expires_at=days(5)), 5, Reason.EXPIRES),
        (Message(drawer=ARCHIVE, put_at=days(80)), 365, Reason.FOLDER),
        (Message(drawer=ARCHIVE, put_at=days(80), expires_at=days(85)), 85, Reason.EXPIRES),
        (Message(drawer=Drawer("Autre"), put_at=days(1)), 90, Reason.RETENTION),
    ],
)
def test_a_message_goes_at_the_earliest_moment_that_is_named(
    message: Message, due: int, reason: Reason
) -> None:
    assert RETENTION.due(message) == (days(due), reason)


@pytest.mark.parametrize("put", [0, 10, 70, 89])
def test_no_way_through_a_shorter_drawer_prolongs_a_message(put: int) -> None:
    assert RETENTION.due(Message(drawer=TRASH, put_at=days(put))).at <= RETENTION.due(Message()).at
