"""The chain over the journal, as the services see it in the database, and what is kept of it elsewhere.

A line is *recorded* sealed, in the transaction that does what it tells, and *chained* a moment later: given
its place and the head of the chain up to it (docs/decisions, audit).
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Link(NamedTuple):
    """A place in the chain, from 1, and the head of the chain there."""

    seq: int
    head: bytes


class KeptLine(NamedTuple):
    """A line of the journal as it lies in the database; ``at`` in microseconds, ``detail`` as text.

    ``salt`` is gone from a line that was emptied; ``seq`` and ``head`` are not there before it is chained.
    """

    id: int
    at: int
    actor: str
    event: str
    bal: int | None
    detail: str
    salt: bytes | None
    seal: bytes | None
    seq: int | None
    head: bytes | None


class Placed(NamedTuple):
    """A line's place."""

    id: int
    link: Link


class Chain(Protocol):
    """The chain in the database."""

    def alone(self) -> bool:
        """Whether nobody else chains until this transaction ends; False at once when somebody does."""
        ...

    def tip(self) -> Link | None:
        """The latest link."""
        ...

    def unchained(self, limit: int) -> list[KeptLine]:
        """Lines that have no place yet, in the order in which they were recorded."""
        ...

    def waiting(self) -> tuple[int, int | None]:
        """How many those are, and the ``at`` of the oldest."""
        ...

    def place(self, lines: Sequence[Placed]) -> None:
        """Give lines their places."""
        ...

    def seal(self, lines: Sequence[KeptLine]) -> None:
        """Keep the seals of lines that had none."""
        ...

    def after(self, seq: int, limit: int) -> list[KeptLine]:
        """Chained lines, by place."""
        ...

    def at(self, seq: int) -> KeptLine | None:
        """The line of that place."""
        ...

    def saying(self, event: str, after: int, limit: int) -> list[KeptLine]:
        """Chained lines of one event whose ``id`` is greater, by ``id``."""
        ...

    def about(self, bal: int, but: tuple[str, str], limit: int) -> list[KeptLine]:
        """Chained lines about a bal that were not emptied, those of some events left out; by ``id``."""
        ...

    def by_actor(self, actor: str, first: int, last: int) -> list[KeptLine]:
        """The same by who did it, from one ``id`` to another."""
        ...

    def last_id(self) -> int:
        """The greatest ``id``, 0 without any."""
        ...

    def take_out(self, ids: Sequence[int]) -> None:
        """Remove lines whole."""
        ...

    def empty(self, ids: Sequence[int]) -> None:
        """Take away who, which bal, the details, and the salt."""
        ...

    def sealed_so(self, seal: bytes) -> list[int]:
        """The places of the lines that carry this seal. Looks at every line."""
        ...


class Witness(Protocol):
    """Where the latest link is kept apart from the database: with the keys."""

    async def kept(self) -> Link | None:
        """What was kept last. Raises StoreBusyError, ValueError when it is none of ours."""
        ...

    async def keep(self, link: Link) -> None:
        """In the place of the one before. Raises StoreBusyError."""
        ...
