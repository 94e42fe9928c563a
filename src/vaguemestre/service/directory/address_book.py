"""Looking for somebody's mailbox: the directory, as this house may show it. domain.md §7.

What the directory file says of our own addresses is a day old or more. An account of ours that is
unlisted, closed or was never made here does not show, whatever an older file says.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.folding import words_of
from vaguemestre.mail.listing import Listing
from vaguemestre.policy.limits import Policy
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.directory import Directory, DirectoryState, Wanted
from vaguemestre.service.ports.published import LISTED_KINDS
from vaguemestre.service.ports.store import Store, Transaction

_SPARE: Final = 20  # listings more than asked for: for those that do not show
_MOST_WORDS: Final = 10
_MOST_PLACES: Final = 200  # of one person or one structure
_NUMBER: Final = re.compile(r"[0-9]{9,15}")


class ListingUnknown(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Nobody is published so."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave, the best first; ``has_more`` when the limit cut it short."""

    listings: tuple[Listing, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """The directory in place and its age."""

    state: DirectoryState
    age: timedelta
    is_stale: bool


class AddressBook:
    """``warn_after``: from which age a directory is stale."""

    def __init__(
        self, store: Store, directory: Directory, clock: Clock, policy: Policy, warn_after: timedelta
    ) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock
        self._policy = policy
        self._warn_after = warn_after

    async def search(self, wanted: Wanted, limit: int) -> Found:
        """At most ``limit`` mailboxes, each once. Raises SearchTooWide, StoreBusyError."""
        if wanted.is_empty:
            return Found((), has_more=False)
        found = await self._directory.search(wanted, limit + _SPARE)

        def unit(tx: Transaction) -> list[Listing]:
            listed = {listing.address.key: listing for listing in self._shown(tx, found)}
            ours = {bal.address.key: _listing_of(bal) for bal in _of_ours(tx, wanted, limit + 1)}
            return list({**ours, **listed}.values())  # ours come first, told as the directory has them

        shown = await self._store.read(unit)
        return Found(tuple(shown[:limit]), has_more=len(shown) > limit)

    async def show(self, asked: str) -> list[Listing]:
        """Everything published of an address, or of an RPPS, FINESS or SIRET number.

        Raises ListingUnknown, StoreBusyError.
        """
        text = asked.strip()
        number = text.replace(" ", "")
        if _NUMBER.fullmatch(number):
            found: Sequence[Listing] = await self._directory.numbered(number, _MOST_PLACES)
            listings = await self._store.read(lambda tx: self._with_ours(tx, found, number))
        else:
            try:
                address = parse_address(text)
            except AddressSyntaxError:
                raise ListingUnknown(
                    f"{text} is neither an address nor an RPPS, FINESS or SIRET number"
                ) from None
            listings = await self._store.read(lambda tx: self._at(tx, address))
        if not listings:
            raise ListingUnknown(f"The directory shows nobody as {text}")
        return listings

    async def freshness(self) -> Freshness | None:
        """None before the first import. Raises StoreBusyError."""
        return await freshness_of(self._directory, self._clock.now(), self._warn_after)

    def _with_ours(self, tx: Transaction, found: Sequence[Listing], number: str) -> list[Listing]:
        """What the directory says of a number, and our accounts that have it and are not listed yet."""
        shown = self._shown(tx, found)
        known = {listing.address.key for listing in shown}
        ours = (
            bal for bal in tx.published.search([number], _MOST_PLACES) if number in {bal.rpps, bal.finess}
        )
        return [*shown, *(_listing_of(bal) for bal in ours if bal.address.key not in known)]

    def _at(self, tx: Transaction, address: Address) -> list[Listing]:
        """What the directory says of an address, else what we know of an account of ours."""
        shown = self._shown(tx, self._directory.listings(address))
        bal = None if shown else tx.bals.by_address(address)
        return [_listing_of(bal)] if bal is not None and _is_published(bal) else shown

    def _shown(self, tx: Transaction, listings: Sequence[Listing]) -> list[Listing]:
        """Those of others, and those of ours that are published and receive."""
        shown: list[Listing] = []
        for listing in listings:
            if listing.address.domain_key not in self._policy.professional_domains:
                shown.append(listing)
                continue
            bal = tx.bals.by_address(listing.address)
            if bal is not None and _is_published(bal):
                shown.append(replace(listing, is_ours=True))
        return shown


def _is_published(bal: Bal) -> bool:
    return bal.kind in LISTED_KINDS and bal.state.receives and not bal.is_unlisted


def _of_ours(tx: Transaction, wanted: Wanted, limit: int) -> list[Bal]:
    """Accounts of ours that the words name; of where they are and what they do we know nothing."""
    if wanted.occupation or wanted.place:
        return []
    local, _, domain = wanted.address.partition("@")
    found = tx.published.search([*wanted.anywhere, *wanted.name, *words_of(local)], limit)
    return [
        bal
        for bal in found
        if bal.address.key.startswith(wanted.address)
        or (not local and bal.address.domain_key.startswith(domain))
    ]


def _listing_of(bal: Bal) -> Listing:
    """What we know of an account of ours."""
    return Listing(
        bal.address,
        bal.kind,
        family=bal.name if bal.kind is BalKind.PER else "",
        organisation="" if bal.kind is BalKind.PER else bal.name,
        holder=bal.rpps or "",
        structure=bal.finess or "",
        sector=bal.sector or "",
        is_ours=True,
    )


def wanted_of(text: str, name: str = "", occupation: str = "", place: str = "") -> Wanted:
    """What somebody typed: words anywhere, an address or its beginning where there is an @."""
    pieces = text.split()
    addresses = [piece for piece in pieces if "@" in piece]
    words = words_of(" ".join(piece for piece in pieces if "@" not in piece))
    return Wanted(
        words[:_MOST_WORDS],
        words_of(name)[:_MOST_WORDS],
        words_of(occupation)[:_MOST_WORDS],
        words_of(place)[:_MOST_WORDS],
        addresses[0].lower() if addresses else "",
    )


async def freshness_of(directory: Directory, now: datetime, warn_after: timedelta) -> Freshness | None:
    """None before the first import. Raises StoreBusyError."""
    state = await directory.state()
    if state is None:
        return None
    age = max(now - state.published_at, timedelta(0))
    return Freshness(state, age, age > warn_after)
