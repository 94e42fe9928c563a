"""Where trust lists come from, who vouches for them, and where the last good one is kept. domain.md §6."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from vaguemestre.mail.sentence import Sentence
from vaguemestre.mail.trust_list import TrustList


class ListFault(StrEnum):
    """Why a list is not taken."""

    UNREADABLE = "unreadable"  # no XML of the kind that is read: cut short, or with entities
    UNSIGNED = "unsigned"
    SIGNATURE = "signature"  # there is one, and it does not vouch for the list
    SIGNER = "signer"  # it vouches, and is not the pinned one's
    REVOKED = "revoked"  # the pinned one's, who is not to be believed any more, or perhaps not
    MALFORMED = "malformed"  # signed, and no trust list
    OLD = "old"
    EARLY = "early"  # made in the future
    SHRUNK = "shrunk"  # so many domains gone at once that somebody has to say that it is meant
    ROLLED_BACK = "rolled back"  # older than the one that is held


class TrustListRefused(Exception):  # noqa: N818 (a decision of ours, told as it is)
    """A list is not taken; the last good one stays in force."""

    def __init__(self, fault: ListFault, french: str, english: str) -> None:
        super().__init__(english)
        self.fault = fault
        self.sentence = Sentence(french, english)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that could not be understood, and why: nobody is trusted by it."""

    domain: str
    reason: str


@dataclass(frozen=True, slots=True)
class VerifiedList:
    """A list that its signer vouches for, by the certificate ``signed_by`` (DER) until ``signed_until``."""

    trust_list: TrustList
    skipped: tuple[Skipped, ...]
    signer: str
    signed_until: datetime
    signed_by: bytes


class TrustListReader(Protocol):
    """Takes octets for what they are: it verifies, then reads."""

    async def read(self, octets: bytes, now: datetime, *, fresh: bool) -> VerifiedList:
        """The list. Raises TrustListRefused.

        The signer is one at the time the list was made; when it is ``fresh``, come from outside and not from
        what was kept, also now.
        """
        ...


class TrustListSource(Protocol):
    """Where the list is published, or put by whoever fetches it."""

    @property
    def name(self) -> str:
        """Its address or path, for people."""
        ...

    async def fetch(self) -> bytes | None:
        """What is there; None when it is still what was taken last. Raises OSError."""
        ...

    def taken(self) -> None:
        """What was fetched last was good: it need not be fetched again."""
        ...


class TrustListShelf(Protocol):
    """Keeps the last good list, as it was signed, through restarts."""

    async def load(self) -> bytes | None:
        """The octets; None when nothing was ever kept. Raises OSError."""
        ...

    async def save(self, octets: bytes) -> None:
        """Put in the place of the one before, whole or not at all, and on disk. Raises OSError."""
        ...

    def is_changed(self) -> bool:
        """Whether somebody else has saved since this one loaded or saved: a command beside the server."""
        ...
