"""How long messages are kept, and why each goes: by kind of bal, by mailbox, by its sender's wish.

domain.md §3: 90 days after receipt; ``Expires`` (RFC 4021 §2.1.50) asks for sooner and never for later.
A mailbox may have a delay of its own. A longer one takes the place of the kind's. A shorter one counts
from when the message was put there, so that what was thrown away by mistake can still be found, and never
beyond what the kind allows (docs/decisions/0022-how-long-a-message-is-kept.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.mailbox import Drawer


class Reason(StrEnum):
    """Why a message goes."""

    RETENTION = "retention"  # the delay of the kind
    FOLDER = "folder"  # the delay of the mailbox
    EXPIRES = "expires"  # its sender's wish


class Due(NamedTuple):
    """When a message goes, and why then."""

    at: datetime
    reason: Reason


class Kept(Protocol):
    """What is known of a message that is kept."""

    @property
    def kind(self) -> BalKind:
        """Of its bal."""
        ...

    @property
    def drawer(self) -> Drawer:
        """Of its mailbox."""
        ...

    @property
    def filed_at(self) -> datetime:
        """When the bal received it."""
        ...

    @property
    def put_at(self) -> datetime | None:
        """When it was put in its drawer, if it is in one."""
        ...

    @property
    def expires_at(self) -> datetime | None:
        """Its sender's wish."""
        ...


@dataclass(frozen=True, slots=True)
class Retention:
    """The delays of this installation."""

    by_kind: Mapping[BalKind, timedelta] = field(default_factory=dict)
    otherwise: timedelta = timedelta(days=90)
    by_drawer: Mapping[Drawer, timedelta] = field(default_factory=dict)

    def of(self, kind: BalKind) -> timedelta:
        """The delay for bals of a kind."""
        return self.by_kind.get(kind, self.otherwise)

    def age(self, kind: BalKind, drawer: Drawer) -> timedelta:
        """How old a message may become in a drawer, counted from its receipt."""
        return max(self.of(kind), self.by_drawer.get(drawer, timedelta(0)))

    def reaches(self, kind: BalKind, drawer: Drawer, moment: datetime) -> tuple[datetime, datetime | None]:
        """Until when filed, and until when put in its drawer, a message goes by a moment; wishes apart."""
        own = self.by_drawer.get(drawer)
        return moment - self.age(kind, drawer), None if own is None else moment - own

    def due(self, message: Kept) -> Due:
        """The earliest moment that any of the three names."""
        own = self.by_drawer.get(message.drawer)
        is_longer = own is not None and own > self.of(message.kind)
        age = message.filed_at + self.age(message.kind, message.drawer)
        due = Due(age, Reason.FOLDER if is_longer else Reason.RETENTION)
        if own is not None and message.put_at is not None and message.put_at + own < due.at:
            due = Due(message.put_at + own, Reason.FOLDER)
        if message.expires_at is not None and message.expires_at < due.at:
            due = Due(message.expires_at, Reason.EXPIRES)
        return due
