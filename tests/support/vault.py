"""What tests of the vault ask its fixtures for."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports import SealedBody
from vaguemestre.vault.vault import SealedVault

OpenVault = Callable[..., Awaitable[SealedVault]]
SealOctets = Callable[..., Awaitable[SealedBody]]
ReadOctets = Callable[..., Awaitable[bytes]]

NOW: Final = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CLAIRE: Final = BalId(1)
PAUL: Final = BalId(2)
