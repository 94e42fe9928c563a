"""Documents drawn as pictures, as whoever inspects a mailbox needs them: pixels, and nothing that acts."""

from dataclasses import dataclass, field
from typing import Protocol


class PictureRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Of such octets there is no picture: broken, sealed by a password, too large, or of another kind."""


class PicturesBusyError(Exception):
    """No process can be had to draw it: temporary."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One page: a PNG of ``width`` × ``height`` pixels, and its words; ``pages`` there are in all."""

    octets: bytes = field(repr=False)
    width: int
    height: int
    pages: int
    words: str = field(default="", repr=False)


class Pictures(Protocol):
    """Draws documents of a few kinds."""

    @property
    def kinds(self) -> frozenset[str]:
        """Media types, as they were detected, of what can be drawn."""
        ...

    async def draw(self, octets: bytes, kind: str, page: int, mark: str) -> Picture:
        """A page, from 0 on, with ``mark`` across it. Raises PictureRefused, PicturesBusyError."""
        ...
