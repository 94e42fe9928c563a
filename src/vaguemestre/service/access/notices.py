"""What a holder is told of those who may read his bal, in French and in English. domain.md §2."""

from datetime import datetime, timedelta
from typing import Final

from vaguemestre.mail.access import GrantKind, Right, Terms
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.ins import InsSyntaxError, parse_ins
from vaguemestre.policy.access import PARIS
from vaguemestre.service.telling.notices import Notice

KINDS_FR: Final = {
    GrantKind.REPRESENTATIVE: "représentant légal",
    GrantKind.CARER: "aidant",
    GrantKind.DELEGATE: "délégué",
}
KINDS_EN: Final = {
    GrantKind.REPRESENTATIVE: "legal representative",
    GrantKind.CARER: "carer",
    GrantKind.DELEGATE: "delegate",
}
_RIGHTS_FR: Final = {
    Right.READ: "lire",
    Right.SEND: "écrire en votre nom",
    Right.CLOSE: "clôturer des conversations",
    Right.ARRANGE: "classer et supprimer",
}
_RIGHTS_EN: Final = {
    Right.READ: "read",
    Right.SEND: "write in your name",
    Right.CLOSE: "close conversations",
    Right.ARRANGE: "file and delete",
}


def named(bal: Bal) -> str:
    """A reader as the holder is told of him: by name and address, but never by a whole INS."""
    address = str(bal.address)
    if bal.kind is BalKind.CITIZEN:
        try:
            address = parse_ins(bal.address.local).masked
        except InsSyntaxError:
            address = ""
    return f"{bal.name} ({address})" if bal.name and address else bal.name or address or "?"


def access_granted(reader: Bal, terms: Terms, reason: str) -> Notice:
    """Somebody may read from now on, or from a day on."""
    rights = [right for right in Right if right in terms.rights]
    first, last = _day(terms.start), _last_day(terms.end)
    until_fr = f" jusqu'au {last} inclus" if last else ", sans date de fin"
    until_en = f" until {last} included" if last else ", without an end"
    why_fr, why_en = (f" Motif : {reason}.", f" Reason: {reason}.") if reason else ("", "")
    return Notice(
        subject_fr="Accès accordé à votre boîte aux lettres",
        subject_en="Access granted to your mailbox",
        text_fr=f"{named(reader)}, {KINDS_FR[terms.kind]}, peut : "
        f"{', '.join(_RIGHTS_FR[right] for right in rights)}, du {first}{until_fr}.{why_fr} "
        "Ce qu'il y fera sera consigné dans le dossier « Historique d'accès ».",
        text_en=f"{named(reader)}, {KINDS_EN[terms.kind]}, may: "
        f"{', '.join(_RIGHTS_EN[right] for right in rights)}, from {first}{until_en}.{why_en} "
        "What is done there will be told in the mailbox «Historique d'accès».",
    )


def access_revoked(reader: Bal) -> Notice:
    """Somebody may not read any more."""
    return Notice(
        subject_fr="Accès retiré à votre boîte aux lettres",
        subject_en="Access to your mailbox revoked",
        text_fr=f"{named(reader)} n'a plus accès à votre boîte aux lettres.",
        text_en=f"{named(reader)} has no access to your mailbox any more.",
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%d/%m/%Y}"


def _last_day(end: datetime | None) -> str:
    """The day that an end, itself outside, leaves as the last."""
    return "" if end is None else _day(end - timedelta(microseconds=1))
