"""Accounts, as the services see them in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.correspondent import PartyId


@dataclass(frozen=True, slots=True)
class NewBal:
    """An account to be made. ``quota`` in octets, 0 for none."""

    address: Address
    kind: BalKind
    state: BalState
    name: str = ""
    rpps: str | None = None
    finess: str | None = None
    quota: int = 0
    sector: str | None = None
    is_unlisted: bool = False


class Bals(Protocol):
    """Accounts, found by address or by number."""

    def by_id(self, bal: PartyId) -> Bal | None: ...  # noqa: D102 (said by the class)

    def state_of(self, bal: BalId) -> BalState | None: ...  # noqa: D102

    def by_address(self, address: Address) -> Bal | None:
        """By its key, or by an alias (a citizen's INS can change in life, domain.md §2)."""
        ...

    def all(self, kind: BalKind | None = None) -> list[Bal]:
        """Every account, by address."""
        ...

    def add(self, new: NewBal, now: datetime) -> Bal:
        """Raises ValueError when the address is taken."""
        ...

    def describe(self, bal: BalId, sector: str | None, *, is_unlisted: bool) -> None: ...  # noqa: D102

    def set_state(self, bal: BalId, state: BalState) -> None: ...  # noqa: D102
