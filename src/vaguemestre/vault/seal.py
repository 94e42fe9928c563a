"""Seals: AES-256-GCM over one value, or over a long body in chunks.

*A value* (card, small body, header of a large one) is sealed under a data key: two octets of heading
(version, flags), 12 of random nonce, then the ciphertext and its tag. The body's identity, its bal, the
purpose and the length in clear are associated data; the day is bound by the key itself.

*A large body* is sealed under a content key of its own, made for that one object: 64 KiB in clear a
chunk, each compressed then sealed, one after the other without framing. The nonce is the chunk's number
and a mark on the last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár), so a
chunk dropped, moved or cut is noticed. Key and chunk lengths make the body's *header*, sealed as a value:
it binds the object to its row, and lets a reader start anywhere without reading what comes before.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.vault import SealBrokenError, SealedCard
from vaguemestre.vault.compression import CorruptError, compress, decompress

CHUNK: Final = 64 * 1024  # in clear; also the largest body kept in its row (architecture.md)
TAG: Final = 16
NONCE: Final = 12
_PLAIN: Final = b"\x01\x00"  # version 1, as it stands
_ZSTD: Final = b"\x01\x01"  # version 1, compressed
_BOUND: Final = Struct(">2sB16sqq")  # heading, purpose, body, bal, length in clear
_COMPRESSED: Final = 0x800000  # in the three octets of a chunk's length: 64 KiB and its tag take 17 bits
_WORTH_TRYING: Final = 512  # below, compression saves less than the database's own slack


class Purpose(IntEnum):
    """What a sealed value is for: a card never opens where octets are expected."""

    OCTETS = 1
    CARD = 2
    HEADER = 3


UNSAID: Final = -1  # the length of a value whose row does not say it: cards, headers


def seal_value(
    key: AESGCM, purpose: Purpose, body: BodyId, bal: BalId, octets: bytes, size: int = UNSAID
) -> bytes:
    """Seal one value. Cards are not compressed: opening ten thousand of them is what FETCH waits for."""
    heading = _PLAIN
    if purpose is Purpose.OCTETS and len(octets) >= _WORTH_TRYING:
        shorter = compress(octets)
        if shorter is not None:
            heading, octets = _ZSTD, shorter
    nonce = secrets.token_bytes(NONCE)
    return heading + nonce + key.encrypt(nonce, octets, _BOUND.pack(heading, purpose, body, bal, size))


def open_value(
    key: AESGCM, purpose: Purpose, body: BodyId, bal: BalId, sealed: bytes, size: int = UNSAID
) -> bytes:
    """The value in clear; raises SealBrokenError."""
    heading = sealed[:2]
    try:
        octets = key.decrypt(sealed[2:14], sealed[14:], _BOUND.pack(heading, purpose, body, bal, size))
        if heading == _PLAIN:
            return octets
        if heading == _ZSTD:
            return decompress(octets, size)
    except (InvalidTag, CorruptError, ValueError):
        raise SealBrokenError("a sealed value does not open") from None
    raise SealBrokenError("unknown version of a seal")


def open_cards(key: AESGCM, bal: BalId, cards: Sequence[SealedCard]) -> list[bytes]:
    """Many cards under one key, as ``open_value`` opens each: 1.5 µs a card where that takes 2."""
    bound, decrypt = _BOUND.pack, key.decrypt
    try:
        return [
            decrypt(card.card[2:14], card.card[14:], bound(_PLAIN, Purpose.CARD, card.id, bal, UNSAID))
            for card in cards
        ]
    except (InvalidTag, ValueError):  # one that is broken, or of another heading: they are told apart slowly
        return [open_value(key, Purpose.CARD, card.id, bal, card.card) for card in cards]


@dataclass(frozen=True, slots=True)
class Header:
    """What opens a large body: its content key (32 octets) and what each chunk takes once sealed."""

    key: bytes
    lengths: tuple[int, ...]  # with _COMPRESSED set where it applies

    def pack(self) -> bytes:
        """The key, then three octets a chunk."""
        return self.key + b"".join(length.to_bytes(3) for length in self.lengths)

    def span(self, chunk: int) -> tuple[int, int]:
        """Where a chunk starts in the object, and where it ends."""
        start = sum(length & ~_COMPRESSED for length in self.lengths[:chunk])
        return start, start + (self.lengths[chunk] & ~_COMPRESSED)


def unpack_header(octets: bytes) -> Header:
    """Read what ``Header.pack`` wrote; it was sealed, so its form is not in doubt."""
    table = octets[32:]
    return Header(octets[:32], tuple(int.from_bytes(table[at : at + 3]) for at in range(0, len(table), 3)))


def _chunk_nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + (b"\x01" if last else b"\x00")


class ChunkSealer:
    """Seals the chunks of one object, in order, under a new content key that serves for nothing else."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._aead = AESGCM(self._key)
        self._lengths: list[int] = []

    def seal(self, chunk: bytes, last: bool = False) -> bytes:
        """The next chunk, at most CHUNK octets in clear."""
        shorter = compress(chunk)
        return (
            self.seal_packed(chunk, False, last) if shorter is None else self.seal_packed(shorter, True, last)
        )

    def seal_packed(self, packed: bytes, compressed: bool, last: bool) -> bytes:
        """The next chunk when its compression has been decided already."""
        sealed = self._aead.encrypt(_chunk_nonce(len(self._lengths), last), packed, None)
        self._lengths.append(len(sealed) | (_COMPRESSED if compressed else 0))
        return sealed

    def header(self) -> Header:
        """What opens the chunks sealed so far."""
        return Header(self._key, tuple(self._lengths))


class ChunkOpener:
    """Opens the chunks of one object, in any order."""

    def __init__(self, header: Header) -> None:
        self._aead = AESGCM(header.key)
        self._lengths: Sequence[int] = header.lengths

    def unseal(self, number: int, sealed: bytes) -> tuple[bytes, bool]:
        """A chunk as it was sealed, and whether it is compressed; raises SealBrokenError."""
        last = number == len(self._lengths) - 1
        try:
            packed = self._aead.decrypt(_chunk_nonce(number, last), sealed, None)
        except (InvalidTag, ValueError):
            raise SealBrokenError("a chunk of a sealed object does not open") from None
        return packed, bool(self._lengths[number] & _COMPRESSED)

    def open(self, number: int, sealed: bytes) -> bytes:
        """A chunk in clear; raises SealBrokenError."""
        packed, compressed = self.unseal(number, sealed)
        try:
            return decompress(packed, CHUNK) if compressed else packed
        except CorruptError:
            raise SealBrokenError("a chunk of a sealed object does not decompress") from None
