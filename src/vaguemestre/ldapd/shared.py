"""What the connections of this door share, and how many there may be."""

from collections import Counter
from typing import Protocol

from vaguemestre.ldapd.session import Terms
from vaguemestre.net.tls import ServerContext
from vaguemestre.service.directory.address_book import AddressBook
from vaguemestre.service.sign_in.authentication import Authentication


class Guest(Protocol):
    """A connection, as whoever closes the door sees it."""

    def part(self) -> None:
        """Say goodbye and go."""
        ...


class Shared:
    """``most``: connections at once; ``most_each``: from one network address."""

    def __init__(
        self,
        authentication: Authentication,
        book: AddressBook,
        terms: Terms,
        tls_context: ServerContext | None,
        require_tls: bool,
        most: int,
        most_each: int,
    ) -> None:
        self.authentication = authentication
        self.book = book
        self.terms = terms
        self.tls_context = tls_context
        self.require_tls = require_tls
        self.guests: set[Guest] = set()
        self._most = most
        self._most_each = most_each
        self._from: Counter[str] = Counter()

    def admits(self, peer: str) -> bool:
        """Whether there is room for one more from there."""
        return len(self.guests) < self._most and self._from[peer] < self._most_each

    def enter(self, guest: Guest, peer: str) -> None:
        """It is in."""
        self.guests.add(guest)
        self._from[peer] += 1

    def leave(self, guest: Guest, peer: str) -> None:
        """It is gone; nothing happens for one that never was in."""
        if guest in self.guests:
            self.guests.discard(guest)
            self._from[peer] -= 1
            if not self._from[peer]:
                del self._from[peer]
