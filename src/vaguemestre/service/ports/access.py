"""Grants and birth dates, as the services see them in the database. See ``store``, beside."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from vaguemestre.mail.access import Deed, Grant, GrantId, Terms, Visit
from vaguemestre.mail.bal import BalId


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant to be made."""

    bal: BalId
    reader: BalId
    terms: Terms
    granted_by: str
    reason: str = ""


class Grants(Protocol):
    """Who may read which bal that is not his. Nothing is ever taken away: what was revoked says so."""

    def add(self, new: NewGrant, now: datetime) -> Grant: ...  # noqa: D102 (said by the class)

    def by_id(self, grant: GrantId) -> Grant | None: ...  # noqa: D102

    def of_bal(self, bal: BalId) -> list[Grant]:
        """Those on it, revoked ones included, by age."""
        ...

    def of_reader(self, reader: BalId) -> list[Grant]:
        """Those that account was given, revoked ones included, by age."""
        ...

    def between(self, bal: BalId, reader: BalId) -> list[Grant]:
        """Those of that reader on that bal, revoked ones left out, by age."""
        ...

    def revoke(self, grant: GrantId, now: datetime) -> bool:
        """Whether it stood until now."""
        ...

    def set_end(self, grant: GrantId, end: datetime) -> None:
        """It ends at another moment."""
        ...

    def did(self, bal: BalId, reader: BalId, deed: Deed, count: int, now: datetime) -> None:
        """Add to the visit of that reader that goes on; it begins with this when there is none."""
        ...

    def visit(self, bal: BalId, reader: BalId) -> Visit | None:
        """The one that goes on, deeds in the order of ``Deed``."""
        ...

    def visits_to_tell(self, quiet_since: datetime, began_before: datetime, limit: int) -> list[Visit]:
        """Those in which nothing was done after one moment, or that began before the other."""
        ...

    def end_visit(self, visit: Visit) -> bool:
        """Whether it was still as it is given; else nothing happens, and it goes on."""
        ...

    def birth_date(self, bal: BalId) -> date | None:
        """A minor's; None where it was not given, or is not needed any more."""
        ...

    def set_birth_date(self, bal: BalId, born: date) -> None:
        """Replaces the one before."""
        ...

    def forget_birth_dates(self, born_before: date, limit: int) -> int:
        """Of those born before that day, ``limit`` of them at most; how many."""
        ...
