"""The vault: a key ring, a spool and a place for objects, as the services see them.

Small bodies are sealed and opened where they are asked for, in microseconds, when the day's key is in
memory; files, the key store and long copies go to a few threads, so that the event loop is never held.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final, TypeVar

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.vault import (
    KeyDay,
    KeyDestroyedError,
    KeyPlace,
    SealBrokenError,
    SealedBody,
    SealedCard,
    Spool,
)
from vaguemestre.vault.bodies import Bodies, new_location
from vaguemestre.vault.keys import MasterKeys
from vaguemestre.vault.keystore import KeyStore, Place
from vaguemestre.vault.ring import KeyRing
from vaguemestre.vault.seal import (
    CHUNK,
    ChunkOpener,
    Purpose,
    open_cards,
    open_value,
    seal_value,
    unpack_header,
)
from vaguemestre.vault.spool import SpoolDirectory, VaultSpool
from vaguemestre.vault.witness import KeptWitness

T = TypeVar("T")
_log = structlog.get_logger()

_DAY: Final = 86_400  # seconds
_READ_AT_ONCE: Final = 4  # chunks in one read: 256 KiB of memory for each reader, one hop to a thread


_place: Final[Callable[[SealedCard], Place]] = attrgetter("bal", "day")
_48_BITS: Final = (1 << 48) - 1


def key_day(now: datetime) -> KeyDay:
    """The day, in UTC, whose keys seal at this moment."""
    return KeyDay(int(now.timestamp()) // _DAY)


@dataclass(frozen=True, slots=True)
class VaultParts:
    """What a vault is made of; closed with it, the last first."""

    store: KeyStore
    ring: KeyRing
    bodies: Bodies
    spools: SpoolDirectory
    executor: ThreadPoolExecutor


def _new_body_id(now: datetime) -> BodyId:
    """16 octets never seen before: the milliseconds of the moment, then 10 random ones.

    In the order of time, so that an index of bodies grows at its end: random ones touch a page of their own
    each, which is two thirds of a page more to write for each message.
    """
    return BodyId((int(now.timestamp() * 1000) & _48_BITS).to_bytes(6, "big") + secrets.token_bytes(10))


class SealedVault:
    """See ``service.ports.vault.Vault``. Belongs to one event loop; made by ``open_vault``."""

    def __init__(self, parts: VaultParts) -> None:
        self._parts = parts
        self._ring = parts.ring
        self._bodies = parts.bodies
        self._giving_up: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def digest_key(self) -> bytes:
        """32 octets for keyed digests of message identifiers; the same for the key store's whole life."""
        return self._ring.digest_key

    def witness(self, key: bytes) -> KeptWitness:
        """Of the journal's chain, kept in this vault's key store; ``key`` is its digests'."""
        return KeptWitness(self._parts.store, self._parts.executor, key)

    def spool(self) -> VaultSpool:
        """A new empty spool."""
        return VaultSpool(self._parts.spools)

    async def seal(self, bal: BalId, spool: Spool, card: bytes, now: datetime) -> SealedBody:
        """Seal for one bal. Raises OSError (disk), StoreBusyError (key store), MasterKeyError.

        ``day`` is the day of the key used: a later one when today's was destroyed.
        """
        if not isinstance(spool, VaultSpool):
            raise TypeError("this spool is not one of this vault's")
        day = key_day(now)
        key = self._ring.ready(bal, day)
        if key is None:
            day, key = await self._ring.sealing_key(bal, day)
        body = _new_body_id(now)
        sealed_card = seal_value(key, Purpose.CARD, body, bal, card)
        if spool.is_small:
            octets = spool.octets()
            sealed = seal_value(key, Purpose.OCTETS, body, bal, octets, len(octets))
            return SealedBody(body, bal, day, len(octets), sealed, None, None, sealed_card)
        location, header = await self._kept(spool)
        wrapped = seal_value(key, Purpose.HEADER, body, bal, header, spool.size)
        return SealedBody(body, bal, day, spool.size, None, location, wrapped, sealed_card)

    def open_card(self, card: SealedCard) -> bytes:
        """The card in clear."""
        return open_value(self._ring.key(card.bal, card.day), Purpose.CARD, card.id, card.bal, card.card)

    def open_cards(self, cards: Sequence[SealedCard]) -> list[bytes]:
        """Many cards. About 2 µs each: give it slices when there are thousands."""
        keys = self._ring.keys(set(map(_place, cards)))  # at once: the key store may be far away
        opened: list[bytes] = []
        for place, some in groupby(cards, _place):
            if place not in keys:
                raise KeyDestroyedError("the key of one of these cards was destroyed")
            opened += open_cards(keys[place], place[0], list(some))
        return opened

    def readable(self, bal: BalId, days: Collection[KeyDay]) -> frozenset[KeyDay]:
        """Of these days, those whose key is there: asked in memory, as ``open_cards`` does."""
        return frozenset(day for _, day in self._ring.keys((bal, day) for day in days))

    async def open_octets(
        self, body: SealedBody, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """A stretch of the octets in clear. Raises KeyDestroyedError, SealBrokenError, OSError."""
        end = body.size if length is None else min(body.size, start + length)
        if body.octets is not None:
            octets = await self.open_whole(body)
            if start < end:
                yield octets[start:end]
            return
        key = await self._ring.opening_key(body.bal, body.day)
        async for piece in self._open_large(key, body, start, end):
            yield piece

    @property
    def ring(self) -> KeyRing:
        """The data keys."""
        return self._ring

    async def open_under(self, key: AESGCM, body: SealedBody) -> AsyncIterator[bytes]:
        """All the octets in clear, under a key that is not in the ring. Raises SealBrokenError, OSError."""
        if body.octets is not None:
            yield open_value(key, Purpose.OCTETS, body.id, body.bal, body.octets, body.size)
            return
        async for piece in self._open_large(key, body, 0, body.size):
            yield piece

    async def open_whole(self, body: SealedBody) -> bytes:
        """All the octets in clear. Raises as ``open_octets``, which costs 3 µs more for a small body."""
        if body.octets is None:
            return b"".join([piece async for piece in self.open_octets(body)])
        key = await self._ring.opening_key(body.bal, body.day)
        octets = open_value(key, Purpose.OCTETS, body.id, body.bal, body.octets, body.size)
        if len(octets) != body.size:
            raise SealBrokenError("a sealed body has not the length its row says")
        return octets

    async def discard(self, bodies: Sequence[SealedBody]) -> None:
        """Remove the objects of these bodies; small ones have none. Raises OSError."""
        locations = [body.location for body in bodies if body.location is not None]
        if locations:
            await self._bodies.remove(locations)

    async def sweep_objects(
        self, known: Callable[[Sequence[str]], Awaitable[Collection[str]]], before: datetime
    ) -> int:
        """Remove objects that no row names: what a crash between an object and its row left behind.

        ``known`` says which of some locations rows name. Only objects kept before ``before`` are looked at:
        leave younger ones the time to be committed (a day is plenty). How many were removed. Raises OSError.
        """
        count = 0
        async for locations in self._bodies.older(before):
            strays = sorted(set(locations) - set(await known(locations)))
            await self._bodies.remove(strays)
            count += len(strays)
        return count

    async def days(self, bal: BalId) -> frozenset[KeyDay]:
        """The days for which this bal has a key."""
        return await self._run(self._parts.store.days, bal)

    async def holders(self, after: BalId, limit: int) -> list[BalId]:
        """The bals that have a key, by number, those up to ``after`` left out; ``limit`` of them at most."""
        return await self._run(self._parts.store.holders, after, limit)

    async def destroy_keys(self, bal: BalId, days: Sequence[KeyDay]) -> int:
        """Destroy those data keys. A body being sealed under one of them at this moment is lost with it:

        destroy a day that can still receive only when the bal takes no more mail.
        """
        return len(await self._ring.destroy({(bal, day) for day in days}))

    async def destroy_places(self, places: Collection[KeyPlace]) -> frozenset[KeyPlace]:
        """The same of several bals, in one go: those keys that were there."""
        return await self._ring.destroy(places)

    async def rotate(self, masters: MasterKeys) -> int:
        """Rewrap every key under the current one of these; how many. May be run again when interrupted."""
        return await self._ring.rotate(masters)

    async def close(self) -> None:
        """Remove the spool, let go of the key store and the threads. May be called twice."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*self._giving_up)
        parts = self._parts
        await self._run(parts.spools.close)
        await self._run(parts.store.close)
        parts.executor.shutdown(wait=False)

    async def _kept(self, spool: VaultSpool) -> tuple[str, bytes]:
        """Make a large spool's octets one durable object: its location, and its header in clear."""
        location = new_location()
        keeping = asyncio.create_task(self._keep(spool, location))
        try:
            return location, await asyncio.shield(keeping)
        except asyncio.CancelledError:
            # Threads cannot be stopped half-way: let it end, then take away what nobody will point to.
            giving_up = asyncio.create_task(self._give_up(keeping, location))
            self._giving_up.add(giving_up)
            giving_up.add_done_callback(self._giving_up.discard)
            raise

    async def _keep(self, spool: VaultSpool, location: str) -> bytes:
        file, header = await self._run(spool.file_for_one)
        try:
            await self._bodies.keep(file.path, location)
        except BaseException:
            file.remove()
            raise
        return header.pack()

    async def _give_up(self, keeping: "asyncio.Task[bytes]", location: str) -> None:
        try:
            await keeping
        except Exception:  # it never became an object: whoever gave up has nothing to hear of it
            return
        try:
            await self._bodies.remove([location])
        except OSError as error:
            _log.warning("unwanted object left", location=location, error=type(error).__name__)

    async def _open_large(self, key: AESGCM, body: SealedBody, start: int, end: int) -> AsyncIterator[bytes]:
        if body.location is None or body.wrapped_key is None:
            raise SealBrokenError("a large body without its object")
        header = unpack_header(
            open_value(key, Purpose.HEADER, body.id, body.bal, body.wrapped_key, body.size)
        )
        opener = ChunkOpener(header)
        number, stop = start // CHUNK, -(-end // CHUNK) if start < end else 0
        while number < stop:
            after = min(number + _READ_AT_ONCE, stop)
            base, _ = header.span(number)
            try:
                read = await self._bodies.read(body.location, base, header.span(after - 1)[1])
            except FileNotFoundError:
                raise SealBrokenError("the object of a large body is missing") from None
            for chunk in range(number, after):
                first, last = header.span(chunk)
                clear = opener.open(chunk, read[first - base : last - base])
                yield clear[max(0, start - chunk * CHUNK) : end - chunk * CHUNK]
            number = after

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._parts.executor, work, *arguments)
