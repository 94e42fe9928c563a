"""The key ring: data keys in memory, as few as needed, made durable before they are first used.

Keys live here as AESGCM objects and nowhere else in clear. The ring is bounded: the oldest entry leaves
first, and comes back for one read of the key store. A destroyed key leaves at once; sealing on a day
whose key was destroyed takes the next day that has none destroyed, so that a mailbox emptied this morning
and written to this afternoon loses nothing, and nothing erased comes back.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Final, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import KeyDay, KeyDestroyedError
from vaguemestre.vault.archived_keys import ArchivedKey, ArchivedKeys
from vaguemestre.vault.keys import MasterKeys, MasterMissingError
from vaguemestre.vault.keystore import KeyStore, MasterChangedError, Place, WrappedKey
from vaguemestre.vault.wrapping import Wrapping, data_key_label

T = TypeVar("T")

CAPACITY: Final = 16_384  # about 1 KiB each: 16 MiB for every mailbox that is awake
_FURTHEST: Final = 30  # days ahead to look for one whose key was not destroyed
_EPOCH_EVERY: Final = 1.0  # seconds between two looks at what other processes destroyed
_BATCH: Final = 500  # keys rewrapped in one transaction
_DIGEST: Final = "digest"


class KeyRing:
    """Data keys of a key store. Its coroutines belong to one event loop; ``key`` may be called anywhere."""

    def __init__(
        self, store: KeyStore, masters: MasterKeys, executor: Executor, capacity: int = CAPACITY
    ) -> None:
        self._store = store
        self._archived = ArchivedKeys(store.database)
        self._wrapping = Wrapping(masters)
        self._executor = executor
        self._capacity = capacity
        self._keys: dict[Place, AESGCM] = {}
        self._doomed: set[Place] = set()  # being destroyed: gone for us before it is gone on disk
        self._forgotten = 0  # how often keys were taken out: a key read before that is not put in after it
        self._lock = threading.Lock()  # around changes of these three
        self._making = asyncio.Lock()
        self._wanted: set[Place] = set()
        self._epoch = store.epoch()
        self._looked = time.monotonic()
        self._current = self._known(store.master(masters.current.id))
        self.digest_key = self._digest_key()

    def key(self, bal: BalId, day: KeyDay) -> AESGCM:
        """The key that opens what was sealed for this bal on this day. Raises KeyDestroyedError."""
        found = self._keys.get((bal, day)) or self.keys([(bal, day)]).get((bal, day))
        if found is None:
            raise KeyDestroyedError(f"the key of day {day} was destroyed")
        return found

    async def opening_key(self, bal: BalId, day: KeyDay) -> AESGCM:
        """As ``key``, without holding the event loop while a key store far away answers."""
        found = self._keys.get((bal, day))
        return found if found is not None else await self._run(self.key, bal, day)

    def keys(self, places: Iterable[Place]) -> dict[Place, AESGCM]:
        """The keys of those places that have one; one read of the key store for each bal not in memory."""
        keys: dict[Place, AESGCM] = {}
        missing: dict[BalId, list[KeyDay]] = {}
        forgotten = self._forgotten
        for bal, day in places:
            found = self._keys.get((bal, day))
            if found is None:
                missing.setdefault(bal, []).append(day)
            else:
                keys[bal, day] = found
        for bal, days in missing.items():
            for day, wrapped in self._store.found(bal, days).items():
                if wrapped is not None:
                    keys[bal, day] = self._opened((bal, day), wrapped, forgotten)
        return keys

    async def sealing_key(self, bal: BalId, day: KeyDay) -> tuple[KeyDay, AESGCM]:
        """The key to seal with for this bal on this day, durable; the day says which it is.

        That is another day than asked when this day's key was destroyed. Raises StoreBusyError,
        MasterKeyError, and KeyDestroyedError when a month of keys was destroyed ahead.
        """
        if time.monotonic() - self._looked > _EPOCH_EVERY:
            await self.look()
        for candidate in range(day, day + _FURTHEST):
            place = bal, KeyDay(candidate)
            key = self._keys.get(place) or await self._made(place)
            if key is not None:
                return place[1], key
        raise KeyDestroyedError("no day is left to seal on")

    def ready(self, bal: BalId, day: KeyDay) -> AESGCM | None:
        """The key to seal with when it is at hand: what spares most messages an await."""
        if time.monotonic() - self._looked > _EPOCH_EVERY:
            return None
        return self._keys.get((bal, day))

    async def look(self) -> None:
        """Forget everything when another process has destroyed keys since the last look."""
        self._looked = time.monotonic()
        epoch = await self._run(self._store.epoch)
        if epoch != self._epoch:
            self._epoch = epoch
            with self._lock:
                self._forgotten += 1
                self._keys.clear()

    async def destroy(self, places: Collection[Place]) -> frozenset[Place]:
        """Destroy keys here, then for good; which there were."""
        self._forget(places, doom=True)
        try:
            async with self._making:  # a key being made now must not come in after it was destroyed
                gone, epoch = await self._run(self._store.destroyed, places)
            if epoch == self._epoch + 1:  # nobody else destroyed anything: the rest of the ring stands
                self._epoch = epoch
        finally:
            self._forget(places, doom=False)
        return gone

    async def archive(
        self, bal: BalId, archive: str, recipient: str, seal: Callable[[Place, bytes], bytes]
    ) -> int:
        """Put all the keys of a bal out of our reach, sealed by ``seal``; how many."""
        days = await self._run(self._store.days, bal)
        places = {(bal, day) for day in days}
        self._forget(places, doom=True)
        try:
            async with self._making:
                return await self._run(self._archive, bal, sorted(days), archive, recipient, seal)
        finally:
            self._forget(places, doom=False)

    def _archive(
        self,
        bal: BalId,
        days: Sequence[KeyDay],
        archive: str,
        recipient: str,
        seal: Callable[[Place, bytes], bytes],
    ) -> int:
        sealed: dict[Place, tuple[WrappedKey, bytes]] = {}
        for day, wrapped in self._store.found(bal, days).items():
            if wrapped is not None:
                place = (bal, day)
                key = self._unwrapped(data_key_label(*place), wrapped)
                sealed[place] = (wrapped, seal(place, key))
        return self._archived.put(archive, recipient, sealed)[0] if sealed else 0

    async def archived(self, archive: str) -> list[ArchivedKey]:
        """What is kept of an archive's keys."""
        return await self._run(self._archived.of, archive)

    async def give_back(self, archive: str, keys: Mapping[Place, bytes]) -> int:
        """Keys of an archive, opened, become ordinary ones again; how many."""
        return await self._run(self._give_back, archive, keys)

    def _give_back(self, archive: str, keys: Mapping[Place, bytes]) -> int:
        try:
            return self._given_back(archive, keys)
        except (MasterChangedError, MasterMissingError):
            self._reload()
            return self._given_back(archive, keys)

    def _given_back(self, archive: str, keys: Mapping[Place, bytes]) -> int:
        current = self._current
        wrapped = {
            place: self._wrapping.wrap(current, data_key_label(*place), key) for place, key in keys.items()
        }
        return self._archived.give_back(archive, current, wrapped)

    async def destroy_archive(self, archive: str) -> int:
        """For good; how many keys there were."""
        return await self._run(self._archived.destroy, archive)

    async def rotate(self, masters: MasterKeys) -> int:
        """Rewrap everything under the current one of these masters; how many secrets that were.

        May be interrupted at any point and run again. When it returns nothing is under an older master.
        """
        wrapping = Wrapping(masters)
        new = masters.current.id
        self._wrapping = wrapping
        await self._run(self._store.set_master, new)
        self._current = new
        count = 0
        while True:
            done = await self._run(self._rewrap_some, wrapping)
            if done is None:
                break
            count += done
        await self._run(self._store.scrub)
        return count

    def _rewrap_some(self, wrapping: Wrapping) -> int | None:
        new = wrapping.masters.current.id

        def again(label: bytes, old: WrappedKey) -> WrappedKey:
            return WrappedKey(new, wrapping.wrap(new, label, wrapping.unwrap(old.master, label, old.octets)))

        keys = self._store.under_other_masters(new, _BATCH)
        named = self._store.secrets_under_other_masters(new)
        if not keys and not named:
            return None
        return self._store.rewrapped(
            [(place, old, again(data_key_label(*place), old)) for place, old in keys],
            [(name, old, again(name.encode(), old)) for name, old in named],
        )

    async def _made(self, place: Place) -> AESGCM | None:
        """Make a key durable, or find the one there; None when it was destroyed.

        Whoever gets the lock makes all the keys that wait for it in one transaction: at midnight every
        mailbox wants one.
        """
        self._wanted.add(place)
        async with self._making:
            key = self._keys.get(place)
            if key is not None or place in self._doomed:
                self._wanted.discard(place)
                return key
            places = {*self._wanted, place}
            self._wanted.clear()
            return (await self._run(self._make, places))[place]

    def _make(self, places: set[Place]) -> dict[Place, AESGCM | None]:
        proposals = {place: secrets.token_bytes(32) for place in places}
        forgotten = self._forgotten
        try:
            kept = self._proposed(proposals)
        except (MasterChangedError, MasterMissingError):
            self._reload()
            kept = self._proposed(proposals)
        return {
            place: None if wrapped is None else self._opened(place, wrapped, forgotten)
            for place, wrapped in kept.items()
        }

    def _proposed(self, proposals: dict[Place, bytes]) -> dict[Place, WrappedKey | None]:
        current = self._current
        return self._store.made(
            current,
            {
                place: self._wrapping.wrap(current, data_key_label(*place), key)
                for place, key in proposals.items()
            },
        )

    def _opened(self, place: Place, wrapped: WrappedKey, forgotten: int) -> AESGCM:
        key = AESGCM(self._unwrapped(data_key_label(*place), wrapped))
        with self._lock:
            if place not in self._doomed and forgotten == self._forgotten:
                if len(self._keys) >= self._capacity:
                    del self._keys[next(iter(self._keys))]
                self._keys[place] = key
        return key

    def _forget(self, places: Collection[Place], doom: bool) -> None:
        with self._lock:
            self._forgotten += 1
            for place in places:
                self._keys.pop(place, None)
            self._doomed = self._doomed.union(places) if doom else self._doomed.difference(places)

    def _unwrapped(self, label: bytes, wrapped: WrappedKey) -> bytes:
        if not self._wrapping.knows(wrapped.master):
            self._reload()  # another process is rotating: the file knows the new key already
        return self._wrapping.unwrap(wrapped.master, label, wrapped.octets)

    def _reload(self) -> None:
        masters = self._wrapping.masters.reloaded()
        self._wrapping = Wrapping(masters)
        self._current = self._known(self._store.master(masters.current.id))

    def _known(self, master: str) -> str:
        if not self._wrapping.knows(master):
            raise MasterMissingError(
                f"the key store is under master key {master}, which is not among those given"
            )
        return master

    def _digest_key(self) -> bytes:
        label = _DIGEST.encode()
        kept = self._store.secret(_DIGEST)
        if kept is None:
            wrapped = self._wrapping.wrap(self._current, label, secrets.token_bytes(32))
            kept = self._store.secret_made(_DIGEST, WrappedKey(self._current, wrapped))
        return self._unwrapped(label, kept)

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)
