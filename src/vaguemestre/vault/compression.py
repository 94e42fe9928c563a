"""Compression with zstd, one compressor a thread.

A zstandard context shared by two threads crashes the process, hence the thread-local. Level 1: at rest
compression costs ten times what encryption does, and higher levels win little on mail.
"""

import threading
from typing import Final

from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

LEVEL: Final = 1
WORTHWHILE: Final = 0.9  # kept when it saves a tenth: below, opening would pay for nothing


class _Contexts(threading.local):
    def __init__(self) -> None:
        self.compressor = ZstdCompressor(level=LEVEL, write_checksum=False)
        self.decompressor = ZstdDecompressor()


_contexts = _Contexts()


class CorruptError(ValueError):
    """The octets are not a zstd frame of the length said."""


def compress(octets: bytes) -> bytes | None:
    """The octets compressed, or None when that saves less than a tenth."""
    compressed = _contexts.compressor.compress(octets)
    return compressed if len(compressed) < len(octets) * WORTHWHILE else None


def decompress(octets: bytes, limit: int) -> bytes:
    """The octets as they were; raises CorruptError when they are not a frame, or hold more than ``limit``."""
    try:
        clear = _contexts.decompressor.decompress(octets, max_output_size=limit)
    except (ZstdError, MemoryError) as error:
        raise CorruptError(str(error)) from None
    if len(clear) > limit:
        raise CorruptError("more octets than said")
    return clear
