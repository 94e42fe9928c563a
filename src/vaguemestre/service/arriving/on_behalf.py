"""Writing in the name of another: whose message it is, asked of the store each time. RFC 5322 §3.6.2.

Who signed in as himself and says MAIL FROM a bal that he may write for is at work there, as mail programs
with several identities do it; one who signed in for that bal is so from the beginning.
"""

from dataclasses import replace
from datetime import datetime
from email.utils import formataddr
from typing import Final

from vaguemestre.mail.access import Right
from vaguemestre.mail.address import SERVICE_NAME, ReversePath
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.policy.access import all_rights
from vaguemestre.policy.case import SenderCase
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.sign_in.outcome import Reader, SignedIn

_A_CARER: Final = "Aidant"  # of whom no name is known


def may_be_another(signed_in: SignedIn, reverse_path: ReversePath) -> bool:
    """Whether ``sends_as`` has anything to ask the store."""
    if signed_in.reader is not None:
        return True
    return reverse_path is not None and reverse_path.key != signed_in.bal.address.key


def sends_as(tx: Transaction, signed_in: SignedIn, reverse_path: ReversePath, now: datetime) -> SignedIn:
    """Whose message it is, with the rights of this moment; as it was when there is no other. Reads only."""
    if signed_in.reader is not None:
        person = tx.bals.by_id(signed_in.reader.bal.id) or signed_in.reader.bal
        return SignedIn(signed_in.bal, Reader(person, _rights(tx, signed_in.bal, person, now)))
    if reverse_path is None or reverse_path.key == signed_in.bal.address.key:
        return signed_in
    bal = tx.bals.by_address(reverse_path)
    if bal is None or bal.address.key != reverse_path.key:
        return signed_in
    rights = _rights(tx, bal, signed_in.bal, now)
    return SignedIn(bal, Reader(signed_in.bal, rights)) if Right.SEND in rights else signed_in


def by_person(case: SenderCase, signed_in: SignedIn) -> SenderCase:
    """The case with the facts of who really sends."""
    reader = signed_in.reader
    return case if reader is None else replace(case, reader=reader.bal, rights=reader.rights)


def named_as_sender(signed_in: SignedIn, reverse_path: ReversePath) -> str | None:
    """What the field Sender says: who really sends, when MAIL FROM is another. RFC 5322 §3.6.2.

    A citizen's address is his INS, which is no business of those he writes to for somebody else: he is named
    without it, beside the address from which the service itself writes (docs/decisions/0014).
    """
    person = signed_in.person
    if reverse_path is None or reverse_path.key == person.address.key:
        return None
    if person.kind is not BalKind.CITIZEN:
        return str(person.address)
    name = " ".join(person.name.split())
    return formataddr((name or _A_CARER, f"{SERVICE_NAME}@{person.address.domain}"))


def _rights(tx: Transaction, bal: Bal, reader: Bal, now: datetime) -> frozenset[Right]:
    return all_rights(tx.grants.between(bal.id, reader.id), now)
