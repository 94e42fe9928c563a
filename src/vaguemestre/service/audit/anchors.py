"""Anchors: the head of the journal's chain, signed, in small files that go somewhere else.

The chain is keyed, so that who can write the database cannot make it anew; who holds the server's keys could.
An anchor that was carried away, or time-stamped by somebody else, tells him. The signature is the server's
(Ed25519, RFC 8032) over every line of the file above it.
"""

import asyncio
import secrets
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from vaguemestre.service.accounts.erasure_certificate import Signs, Verifies
from vaguemestre.service.audit.chaining import ACTOR, Chaining
from vaguemestre.service.ports.audit import Link
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store

SUFFIX: Final = ".anchor"
_HEADING: Final = "vaguemestre audit anchor 1"
_SIGNATURE: Final = "signature: "


class AnchorInvalid(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """The text is no anchor, or not of this key; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was the latest link, on which server, when."""

    server: str
    at: datetime
    link: Link

    def signed(self, key: Signs) -> str:
        """The file."""
        said = (
            f"{_HEADING}\nserver: {self.server}\ndate: {self.at:%Y-%m-%d}\ntime: {self.at.isoformat()}\n"
            f"line: {self.link.seq}\nhead: {self.link.head.hex()}\nkey: {key.verifier.id}\n"
        )
        return f"{said}{_SIGNATURE}{b64encode(key.sign(said.encode())).decode()}\n"


def read_anchor(text: str, key: Verifies) -> Anchor:
    """Raises AnchorInvalid."""
    said, _, signature = text.partition(_SIGNATURE)
    lines = said.splitlines()
    try:
        if lines[0] != _HEADING:
            raise AnchorInvalid("This is not an anchor")
        values = dict(line.split(": ", 1) for line in lines[1:])
        link = Link(int(values["line"]), bytes.fromhex(values["head"]))
        anchor = Anchor(values["server"], datetime.fromisoformat(values["time"]), link)
        octets = b64decode(signature.strip(), validate=True)
    except (ValueError, KeyError, IndexError, Base64Error):
        raise AnchorInvalid("This is not an anchor") from None
    if not key.verifies(said.encode(), octets):
        raise AnchorInvalid("This anchor is not signed by this server, or was changed")
    return anchor


class Anchoring:
    """Writes one a day into ``folder``; ``key`` signs."""

    def __init__(
        self, store: Store, clock: Clock, chaining: Chaining, key: Signs, folder: Path, hostname: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._chaining = chaining
        self._key = key
        self._folder = folder
        self._hostname = hostname

    @property
    def verifier(self) -> Verifies:
        """Whose signature anchors carry."""
        return self._key.verifier

    async def run_once(self, limit: int) -> int:
        """Today's, unless it is there; never more, whatever ``limit`` is."""
        path = self._folder / f"{self._clock.now():%Y-%m-%d}{SUFFIX}"
        if path.exists():
            return 0
        text = await self.made(ACTOR)
        if text is not None:
            await asyncio.to_thread(write_once, path, text.encode())
        return 0

    async def made(self, actor: str) -> str | None:
        """One of now, with a line in the journal that says so; None while there is no chain."""
        await self._chaining.chain_all()
        tip = await self._store.read(lambda tx: tx.chain.tip())
        if tip is None:
            return None
        anchor = Anchor(self._hostname, self._clock.now(), tip)
        entry = JournalEntry(anchor.at, actor, "anchored", None, {"line": str(tip.seq)})
        await self._store.write(lambda tx: tx.journal.record(entry), "anchor")
        return anchor.signed(self._key)

    def files(self) -> Iterator[Path]:
        """Those that were written here, by date."""
        yield from sorted(self._folder.glob(f"*{SUFFIX}"))


def write_once(path: Path, octets: bytes) -> None:
    """Whole or not at all, and for others to read: what stands in it is no secret. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")  # two may write at once
    beside.write_bytes(octets)
    beside.chmod(0o644)
    beside.rename(path)
