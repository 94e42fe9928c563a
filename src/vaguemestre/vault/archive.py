"""The archive's side of the vault: ``service.ports.archive.ArchiveVault``. domain.md §2, closing.

Nothing is sealed anew but the data keys, 32 octets for each day that had mail: the octets of messages
stay as they lie, and what opens them goes out of the server's reach.
"""

from collections.abc import AsyncIterator, Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.archive import PrivateKey, PublicKey
from vaguemestre.service.ports.vault import KeyDestroyedError, SealedBody
from vaguemestre.vault.keystore import Place
from vaguemestre.vault.vault import SealedVault


def archive_label(archive: str, place: Place) -> bytes:
    """What binds an archived key to its row."""
    return b"%s %d %d" % (archive.encode(), *place)


class Unlocked:
    """The keys of one archive, opened: held by whoever opens it, for as long as that takes."""

    def __init__(self, vault: SealedVault, keys: Mapping[Place, bytes]) -> None:
        self._vault = vault
        self._keys = {place: AESGCM(key) for place, key in keys.items()}

    def octets(self, body: SealedBody) -> AsyncIterator[bytes]:
        """All of a message in clear, in pieces. Raises KeyDestroyedError, SealBrokenError, OSError."""
        key = self._keys.get((body.bal, body.day))
        if key is None:
            raise KeyDestroyedError("the archive holds no key of that day")
        return self._vault.open_under(key, body)


class VaultArchive:
    """Over one vault, whose key store it shares."""

    def __init__(self, vault: SealedVault) -> None:
        self._vault = vault

    async def seal_keys(self, archive: str, bal: BalId, recipient: PublicKey) -> int:
        """Put every data key of a bal out of the server's reach; how many."""
        return await self._vault.ring.archive(
            bal, archive, recipient.id, lambda place, key: recipient.seal(archive_label(archive, place), key)
        )

    async def unlock(self, archive: str, private: PrivateKey) -> Unlocked:
        """Raises SealBrokenError when it is another key's."""
        return Unlocked(self._vault, await self._opened(archive, private))

    async def restore_keys(self, archive: str, private: PrivateKey) -> int:
        """Put them back where the server opens them; how many. Raises SealBrokenError."""
        return await self._vault.ring.give_back(archive, await self._opened(archive, private))

    async def destroy(self, archive: str) -> int:
        """Nothing opens it any more, whoever has which key; how many keys there were."""
        return await self._vault.ring.destroy_archive(archive)

    async def _opened(self, archive: str, private: PrivateKey) -> dict[Place, bytes]:
        kept = await self._vault.ring.archived(archive)
        return {key.place: private.open(archive_label(archive, key.place), key.sealed) for key in kept}
