"""Parties by their numbers, and their numbers: a bal has its own, somebody elsewhere is met. domain.md §6."""

from datetime import datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.correspondent import Party, PartyId
from vaguemestre.service.ports.store import Transaction


def address_of(tx: Transaction, party: PartyId) -> Address | None:
    """Wherever he is; None when there is no such number."""
    bal = tx.bals.by_id(party)
    return tx.correspondents.address_of(party) if bal is None else bal.address


def number_of(tx: Transaction, party: Party) -> PartyId | None:
    """None for somebody elsewhere with whom nobody here ever had to do."""
    return party.id if isinstance(party, Bal) else tx.correspondents.known(party.address)


def number_for(tx: Transaction, party: Party, now: datetime) -> PartyId:
    """The same; from now on he is known."""
    return party.id if isinstance(party, Bal) else tx.correspondents.meet(party.address, now)
