"""What tests of the vault ask its fixtures for."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import SealedBody
from vaguemestre.vault.keys import generate_master, load_master, write_master
from vaguemestre.vault.open import open_vault
from vaguemestre.vault.vault import SealedVault

OpenVault = Callable[..., Awaitable[SealedVault]]
SealOctets = Callable[..., Awaitable[SealedBody]]
ReadOctets = Callable[..., Awaitable[bytes]]

NOW: Final = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLAIRE: Final = BalId(1)
PAUL: Final = BalId(2)


async def a_bare_vault(folder: Path, spool: str) -> SealedVault:
    """That of a folder, shared by processes that have a spool each."""
    master = folder / "master.key"
    masters = load_master(master) if master.exists() else write_master(master, generate_master())
    return await open_vault(f"sqlite:///{folder / 'keys.db'}", masters, folder / "objects", folder / spool)
