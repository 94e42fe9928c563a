"""All conversations leafed through, as the services see them: by number, the latest first. domain.md §2."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.mail.correspondent import PartyId


@dataclass(frozen=True, slots=True)
class Leafed:
    """Which: of a citizen, of a professional by his key, of a domain of professionals; begun when.

    ``is_open`` None: open or not. ``until`` is not within.
    """

    citizen: PartyId | None = None
    professional: str | None = None
    domain: str = ""
    is_open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class PairPlace(NamedTuple):
    """Where the leafing goes on: after this pair."""

    conversation: ConversationId
    professional: str


class PairLook(NamedTuple):
    """What one look found; ``next`` is None when there is nothing further."""

    pairs: tuple[Pair, ...]
    next: PairPlace | None


class FiledIn(NamedTuple):
    """A message of a conversation in somebody's mailbox."""

    at: datetime
    bal: BalId
    is_seen: bool


class ConversationPages(Protocol):
    """Reads only, and no more than a bounded number of rows a look."""

    def leaf(self, asked: Leafed, after: PairPlace | None, limit: int, most: int) -> PairLook:
        """At most ``limit`` pairs, found among the ``most`` next ones."""
        ...

    def filed_in(self, conversation: ConversationId, limit: int) -> list[FiledIn]:
        """The messages that are still there, the oldest first."""
        ...
