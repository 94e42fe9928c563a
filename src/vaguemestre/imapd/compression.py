"""DEFLATE on a connection, both ways, in bounded memory. RFC 4978 §3, §4.

A kilobyte can stand for a megabyte: what comes is inflated only as the frame asks for it, a little at a time,
so that the frame's own limits hold and the other sessions have their turn. What goes out is flushed whenever
it would have been sent, so that no response waits for the next one.
"""

import zlib
from typing import Final

INFLATED_AT_ONCE: Final = 16 * 1024  # octets
# RFC 4978 §4 asks for raw deflate. A client inflates any window: a small one keeps a thousand idle phones
# cheap, 2^(13+2) + 2^(6+9) octets = 64 KiB each, where zlib's own choice takes 256.
_WINDOW: Final = -13
_MEMORY_LEVEL: Final = 6
_LARGEST_WINDOW: Final = -15
_LEVEL: Final = 3


class InflateError(ConnectionError):
    """What the client sends is not DEFLATE, or has ended: nothing that follows can be understood."""


class Inflater:
    """One client's octets. ``feed`` what came, then ``take`` while ``has_more``."""

    __slots__ = ("_full", "_stream", "_waiting")

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_LARGEST_WINDOW)
        self._waiting = b""
        self._full = False

    def feed(self, octets: bytes) -> None:
        """Take what the network brought."""
        self._waiting += octets

    @property
    def has_more(self) -> bool:
        """Whether ``take`` may bring something."""
        return self._full or bool(self._waiting)

    def take(self) -> bytes:
        """The next octets in clear, INFLATED_AT_ONCE at most; may be empty. Raises InflateError."""
        if self._stream.eof:
            raise InflateError("the client ended its stream")
        try:
            octets = self._stream.decompress(self._waiting, INFLATED_AT_ONCE)
        except zlib.error as error:
            raise InflateError("the client does not send DEFLATE") from error
        self._waiting = self._stream.unconsumed_tail or self._stream.unused_data
        # zlib may hold back a few octets of output when it has taken all of the input.
        self._full = len(octets) == INFLATED_AT_ONCE
        return octets


class Deflater:
    """One client's responses."""

    __slots__ = ("_stream",)

    def __init__(self) -> None:
        self._stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY_LEVEL)

    def deflated(self, octets: bytes) -> bytes:
        """What is sent for them; the client can read all of it at once."""
        return self._stream.compress(octets) + self._stream.flush(zlib.Z_SYNC_FLUSH)
