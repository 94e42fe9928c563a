"""What the console's routes work with: one value, made where the door is, found by each request."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from vaguemestre.console.pages import Pages
from vaguemestre.service.access.looking import Looking
from vaguemestre.service.access.reading import Reading
from vaguemestre.service.access.warrants import WarrantKeeping
from vaguemestre.service.accounts.devices import Devices
from vaguemestre.service.accounts.finding import MailboxFinding
from vaguemestre.service.administration.accounts import AdministratorAccounts
from vaguemestre.service.administration.by_passkey import ByPasskey
from vaguemestre.service.administration.by_password import ByPassword
from vaguemestre.service.administration.by_provider import ByProvider
from vaguemestre.service.administration.passkeys import PasskeyKeeping
from vaguemestre.service.administration.sessions import ConsoleSessions
from vaguemestre.service.audit.reviewing import Reviewing
from vaguemestre.service.conversations.leafing import ConversationLeafing
from vaguemestre.service.conversations.oversight import Oversight
from vaguemestre.service.directory.address_book import AddressBook
from vaguemestre.service.health.watching import HealthWatch
from vaguemestre.service.outbound.queue import OutboundQueue
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.pictures import Pictures
from vaguemestre.service.statistics.monthly import MonthlyFigures
from vaguemestre.service.telling.searching import TraceSearch
from vaguemestre.service.trust.keeping import TrustKeeping


@dataclass(frozen=True, slots=True)
class Desk:
    """``hostname`` names the service to people; ``certificates`` are the files of those it presents."""

    hostname: str
    clock: Clock
    pages: Pages
    administrators: AdministratorAccounts
    sessions: ConsoleSessions
    by_password: ByPassword
    by_passkey: ByPasskey
    passkeys: PasskeyKeeping
    by_provider: ByProvider | None
    finding: MailboxFinding
    looking: Looking
    warrants: WarrantKeeping
    reading: Reading
    pictures: Pictures
    tracing: TraceSearch
    oversight: Oversight
    leafing: ConversationLeafing
    queue: OutboundQueue
    book: AddressBook
    devices: Devices
    trust: TrustKeeping | None
    certificates: tuple[Path, ...]
    reviewing: Reviewing
    health: HealthWatch
    months: MonthlyFigures


async def desk_of(request: Request) -> Desk:
    """The one of this application."""
    desk = request.app.state.desk
    if not isinstance(desk, Desk):
        raise TypeError("the application has no desk")
    return desk


DeskHere = Annotated[Desk, Depends(desk_of)]
"""How a route asks for it."""
