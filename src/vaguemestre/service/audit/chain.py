"""How lines of the journal are sealed and chained: keyed digests (BLAKE2b, RFC 7693), 32 octets each.

The *seal* covers all that a line says, with a salt of its own: who can write the database makes no line
that bears one. The *head* covers the head before, the place, when, what kind of event, and the seal, but
neither who nor the details: a line whose salt and words were taken away keeps its place, and nothing tells
any more what they were.
"""

import json
import struct
from hashlib import blake2b
from typing import Final

from vaguemestre.service.ports.audit import KeptLine, Link

SALT_LENGTH: Final = 16
SEAL_LENGTH: Final = 32
BEGUN: Final = "chain_begun"
ORIGIN: Final = Link(0, bytes(32))
_UNSEALED: Final = bytes(32)
_print: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_place: Final = struct.Struct(">QQq").pack


def seal_of(key: bytes, salt: bytes, at: int, actor: str, event: str, bal: int | None, detail: str) -> bytes:
    """Of a line about to be recorded; ``detail`` as it is going to lie there."""
    said = _print((at, actor, event, bal, detail)).encode()
    return blake2b(salt + said, key=key, digest_size=SEAL_LENGTH).digest()


def is_sealed(key: bytes, line: KeptLine) -> bool:
    """Whether a line says what it said when it was recorded, by who holds the key."""
    if line.salt is None or not is_whole(line):
        return False
    said = seal_of(key, line.salt, line.at, line.actor, line.event, line.bal, line.detail)
    return said == line.seal


def is_emptied(line: KeptLine) -> bool:
    """Whether its words were taken away."""
    return line.salt is None and line.seal is not None and (line.actor, line.bal, line.detail) == EMPTY


EMPTY: Final = ("", None, "{}")
"""What stands in the place of who did it, to which bal, and the details."""


def is_whole(line: KeptLine) -> bool:
    """Whether its columns hold what they are for: SQLite keeps anything in any of them."""
    return (
        isinstance(line.at, int)
        and isinstance(line.event, str)
        and isinstance(line.seal, bytes)
        and len(line.seal) == SEAL_LENGTH
    )


def link_after(key: bytes, before: Link, line: KeptLine) -> Link:
    """The link of the line that comes next."""
    return Link(before.seq + 1, head_of(key, before.head, before.seq + 1, line))


def head_of(key: bytes, before: bytes, seq: int, line: KeptLine) -> bytes:
    """The head of the chain with that line at that place."""
    seal = _UNSEALED if line.seal is None else line.seal
    said = before + _place(seq, line.id & 0xFFFFFFFFFFFFFFFF, line.at) + seal + line.event.encode()
    return blake2b(said, key=key, digest_size=SEAL_LENGTH).digest()
