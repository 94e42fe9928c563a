"""The connections of each account, and which one goes when there are too many: never the new one.

Mail programs open several, keep them, and come back by another network before the old ones are known to be
dead: refusing the newcomer would lock a person out. The connection silent the longest between two commands
ends instead, IDLE counting as silence, with a sentence and LIMIT (RFC 5530 §3). Only where every one is in
the middle of a command does one of those go, once its command is done.
"""

from collections import defaultdict
from typing import Final, Protocol

import structlog

from vaguemestre.imap import codes
from vaguemestre.mail.bal import BalId

_FAREWELL: Final = ("Too many connections of this account: the one silent longest makes room", codes.LIMIT)

_log = structlog.get_logger()


class Guest(Protocol):
    """A connection, as far as its rank among the others of its account."""

    @property
    def peer(self) -> str:
        """The client's network address."""
        ...

    @property
    def between_commands(self) -> bool:
        """Whether nothing is being run, and nothing half said."""
        ...

    @property
    def heard(self) -> float:
        """The loop's time at which octets last came."""
        ...

    def finish(self, farewell: tuple[str, bytes]) -> None:
        """End after the command that is being run, or at once."""
        ...


class Accounts:
    """Who is signed in. Those told to end are not counted any more, even while their command goes on."""

    def __init__(self) -> None:
        self._guests: defaultdict[BalId, dict[Guest, None]] = defaultdict(dict)

    def enter(self, account: BalId, guest: Guest, limit: int) -> None:
        """One more signed in; should there be more than ``limit`` with it, another makes room."""
        guests = self._guests[account]
        while len(guests) >= max(limit, 1):
            leaving = min(guests, key=lambda one: (not one.between_commands, one.heard))
            del guests[leaving]
            _log.info("imap_connection_displaced", peer=leaving.peer)
            leaving.finish(_FAREWELL)
        # Asked for again: the last to leave took the account's entry away with it.
        self._guests[account][guest] = None

    def leave(self, account: BalId, guest: Guest) -> None:
        """It is gone. May be called twice."""
        guests = self._guests[account]
        guests.pop(guest, None)
        if not guests:
            del self._guests[account]
