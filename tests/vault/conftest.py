"""A vault in a temporary directory, opened as often as a test wants."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest
from tests.support.vault import CLAIRE, NOW, OpenVault, ReadOctets, SealOctets

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import SealedBody
from vaguemestre.vault.keys import MasterKeys, generate_master
from vaguemestre.vault.open import open_vault
from vaguemestre.vault.vault import SealedVault


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def masters() -> MasterKeys:
    return generate_master()


@pytest.fixture
async def opened(tmp_path: Path, masters: MasterKeys) -> AsyncIterator[OpenVault]:
    """Opens a vault on ``root`` (the test's directory unless said); all are closed at the end."""
    async with AsyncExitStack() as stack:

        async def opening(root: Path = tmp_path, keys: MasterKeys = masters) -> SealedVault:
            vault = await open_vault(
                f"sqlite:///{root}/keys.db", keys, root / "objects", root / "objects" / "spool"
            )
            stack.push_async_callback(vault.close)
            return vault

        yield opening


@pytest.fixture
async def vault(opened: OpenVault) -> SealedVault:
    return await opened()


@pytest.fixture
def sealed() -> SealOctets:
    """Seals octets, fed in pieces, for a bal."""

    async def seal(
        vault: SealedVault,
        octets: bytes,
        bal: BalId = CLAIRE,
        card: bytes = b"card",
        now: datetime = NOW,
        piece: int = 16_384,
    ) -> SealedBody:
        spool = vault.spool()
        try:
            for at in range(0, len(octets), piece):
                spool.feed(octets[at : at + piece])
            return await vault.seal(bal, spool, card, now)
        finally:
            spool.discard()

    return seal


@pytest.fixture
def read() -> ReadOctets:
    """Opens a stretch of a body, whole."""

    async def reading(
        vault: SealedVault, body: SealedBody, start: int = 0, length: int | None = None
    ) -> bytes:
        pieces = [piece async for piece in vault.open_octets(body, start, length)]
        assert all(0 < len(piece) <= 65_536 for piece in pieces)
        return b"".join(pieces)

    return reading
