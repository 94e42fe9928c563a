"""What archives need of others: rows in the database, keys in the vault, and the two halves of a key pair.

An archive is what a citizen's mailbox held when it was closed (domain.md §2). Its messages are in no mailbox;
its data keys are where the server cannot open them.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import BodyId, FlagSet
from vaguemestre.service.ports.vault import SealedBody

ArchiveId = NewType("ArchiveId", str)  # 16 hexadecimal digits, drawn at random


class ArchiveState(StrEnum):
    """Where an archive stands. SEALING: messages are being taken in, keys are still the server's."""

    SEALING = "sealing"
    SEALED = "sealed"
    RESTORING = "restoring"
    RESTORED = "restored"
    DESTROYING = "destroying"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class Archive:
    """One closing. ``recipient`` names the key pair; ``octets`` as received; destroyed at ``expires_at``."""

    id: ArchiveId
    bal: BalId
    state: ArchiveState
    recipient: str
    closed_at: datetime
    expires_at: datetime
    messages: int = 0
    octets: int = 0


@dataclass(frozen=True, slots=True)
class ArchivedMessage:
    """One message of an archive. ``number`` grows; ``mailbox`` is the name of where it lay."""

    number: int
    mailbox: str
    flags: FlagSet
    size: int
    internal_date: int
    conversation: ConversationId | None
    body: BodyId


class Archives(Protocol):
    """The database's part."""

    def begin(self, archive: Archive) -> None: ...  # noqa: D102

    def by_id(self, archive: ArchiveId) -> Archive | None: ...  # noqa: D102

    def of(self, bal: BalId) -> list[Archive]:
        """All of a bal's, the latest first."""
        ...

    def in_state(self, states: Sequence[ArchiveState], limit: int) -> list[Archive]:
        """Those closed first, ``limit`` of them at most."""
        ...

    def due(self, now: datetime, limit: int) -> list[Archive]:
        """Sealed ones whose time has come; the oldest first."""
        ...

    def set_state(self, archive: ArchiveId, state: ArchiveState) -> None: ...  # noqa: D102

    def take(self, archive: Archive, limit: int, now: datetime) -> int:
        """Move messages of the bal out of its mailboxes into the archive; how many, 0 when none is left."""
        ...

    def messages(self, archive: ArchiveId, after: int, limit: int) -> list[ArchivedMessage]:
        """By number, those up to ``after`` left out."""
        ...

    def give_back(self, archive: Archive, limit: int, now: datetime) -> int:
        """Move messages into the bal's mailboxes, made if need be, as filed ``now``; how many."""
        ...

    def drop(self, archive: ArchiveId, limit: int, orphaned_at: datetime) -> int:
        """Forget messages; bodies nothing else refers to become orphans at that time. How many."""
        ...


class PublicKey(Protocol):
    """What seals."""

    @property
    def id(self) -> str:
        """Names the pair."""
        ...

    def seal(self, label: bytes, secret: bytes) -> bytes:
        """What the other half alone opens."""
        ...


class PrivateKey(Protocol):
    """What opens."""

    @property
    def id(self) -> str:
        """Names the pair."""
        ...

    def open(self, label: bytes, sealed: bytes) -> bytes:
        """The secret. Raises SealBrokenError."""
        ...


class Opened(Protocol):
    """The keys of one archive in clear, in memory."""

    def octets(self, body: SealedBody) -> AsyncIterator[bytes]:
        """A message in clear, in pieces. Raises KeyDestroyedError, SealBrokenError, OSError."""
        ...


class ArchiveVault(Protocol):
    """The vault's part."""

    async def seal_keys(self, archive: str, bal: BalId, recipient: PublicKey) -> int:
        """Put every data key of a bal out of the server's reach; how many."""
        ...

    async def unlock(self, archive: str, private: PrivateKey) -> Opened:
        """Raises SealBrokenError when it is another key's."""
        ...

    async def restore_keys(self, archive: str, private: PrivateKey) -> int:
        """Put them back where the server opens them; how many. Raises SealBrokenError."""
        ...

    async def destroy(self, archive: str) -> int:
        """Nothing opens it any more, whoever has which key; how many keys there were."""
        ...
