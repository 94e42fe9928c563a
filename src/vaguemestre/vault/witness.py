"""Where the latest link of the journal's chain is kept: with the keys, ``service.ports.audit.Witness``.

Whoever can write the database of messages cannot write here, and what stands here bears a keyed digest: a
chain cut at its end is told from one that was never longer.
"""

import asyncio
from concurrent.futures import Executor
from hashlib import blake2b
from typing import Final

from vaguemestre.service.ports.audit import Link
from vaguemestre.vault.keystore import KeyStore

_NAME: Final = "audit witness"


class KeptWitness:
    """One value in the key store."""

    def __init__(self, store: KeyStore, executor: Executor, key: bytes) -> None:
        self._store = store
        self._executor = executor
        self._key = key

    async def kept(self) -> Link | None:
        """Raises StoreBusyError, ValueError when it was changed."""
        text = await asyncio.get_running_loop().run_in_executor(self._executor, self._store.noted, _NAME)
        if text is None:
            return None
        seq, head, digest = text.split()
        link = Link(int(seq), bytes.fromhex(head))
        if digest != self._digest(link):
            raise ValueError("the witness kept with the keys was changed")
        return link

    async def keep(self, link: Link) -> None:
        """Durable on return. Raises StoreBusyError."""
        text = f"{link.seq} {link.head.hex()} {self._digest(link)}"
        await asyncio.get_running_loop().run_in_executor(self._executor, self._store.note, _NAME, text)

    def _digest(self, link: Link) -> str:
        said = f"{_NAME} {link.seq} ".encode() + link.head
        return blake2b(said, key=self._key, digest_size=32).hexdigest()
