"""A message that waits to leave, put there by hand, as accepting one does."""

from tests.support.console_house import PROFESSIONAL_DOMAIN, ConsoleHouse

from vaguemestre.mail.address import Address
from vaguemestre.mail.dsn import NO_WISH
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.outbound import OUTGOING, NewOutbound
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.vault import KeyDay, SealedBody


async def something_waits(house: ConsoleHouse) -> None:
    """One of queue id "young", for labo.example."""
    body = SealedBody(BodyId(bytes(16)), OUTGOING, KeyDay(20_000), 42_000, b"x", None, None, b"x")
    sender, recipient = Address("claire.martin", PROFESSIONAL_DOMAIN), Address("labo", "labo.example")
    new = NewOutbound(None, "young", sender, [(recipient, NO_WISH)], body, house.clock.now())

    def unit(tx: Transaction) -> None:
        tx.outbound.add(new)

    await house.app.services.store.write(unit, "test")
