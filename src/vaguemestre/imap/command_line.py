"""One whole command as the frame hands it over: its text, and the literals that stood in it. RFC 9051 §4.3.

In ``text`` each literal is still announced by ``{n}`` CR LF; a client can put CR LF nowhere else in it,
so the announcement cannot be forged, and the n-th one stands for the n-th of ``literals``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Streamed:
    """A literal whose octets went to a sink as they came: only its size in octets is left."""

    size: int


@dataclass(frozen=True, slots=True)
class CommandLine:
    """``text`` without the last CR LF of the command; ``literals`` in the order of their announcements.

    A head ``breaks_off`` after the announcement of a message that is about to come: what follows it may still
    belong to the command.
    """

    text: bytes
    literals: tuple[bytes | Streamed, ...] = ()
    breaks_off: bool = False
