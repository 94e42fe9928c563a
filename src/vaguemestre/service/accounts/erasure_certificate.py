"""The certificate of an erasure: what was destroyed, signed, bound to the journal. domain.md §2.

What is signed is one JSON object in its canonical form (RFC 8785 for values such as these: keys in order, no
blanks, UTF-8). The text for people is made from it and says nothing that it does not. No INS stands whole in
it: it may be shown to anybody.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.ports.journal import JournalEntry

FORMAT: Final = "vaguemestre-erasure-1"


class Verifies(Protocol):
    """The public half of the key that signs."""

    @property
    def id(self) -> str: ...  # noqa: D102

    def verifies(self, octets: bytes, signature: bytes) -> bool:
        """Whether this key signed exactly these octets."""
        ...


class Signs(Protocol):
    """The server's key."""

    def sign(self, octets: bytes) -> bytes:
        """The signature."""
        ...

    @property
    def verifier(self) -> Verifies:
        """What anybody may have."""
        ...


class CertificateInvalid(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """The document is no certificate of that key's; the sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is certified. Times in RFC 3339 §5.6; ``journal`` is the digest of the line that began it.

    ``queued`` counts accepted messages that still waited for another operator; certificates made before it
    was counted have none.
    """

    format: str
    id: str
    server: str
    mailbox: str
    asked_by: str
    carried_out_by: str
    reason: str
    begun_at: str
    done_at: str
    keys: tuple[str, ...]
    messages: int
    octets: int
    bodies: int
    conversations: int
    journal: str
    law: str = "CSP R1111-36"
    queued: int | None = None

    @property
    def canonical(self) -> bytes:
        """What is signed."""
        return json.dumps(self.fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def fields(self) -> dict[str, object]:
        """What is in it, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def line_digest(entry: JournalEntry) -> str:
    """SHA-256 of a line of the journal, as it stands there."""
    line = {
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "event": entry.event,
        "bal": entry.bal,
        "detail": entry.detail,
    }
    return sha256(
        json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def document(certificate: Certificate, key: Signs) -> str:
    """The certificate with its signature, as one JSON document."""
    signed = {
        "certificate": certificate.fields,
        "key": key.verifier.id,
        "signature": b64encode(key.sign(certificate.canonical)).decode(),
    }
    return json.dumps(signed, ensure_ascii=False, sort_keys=True)


def read_document(text: str, key: Verifies) -> Certificate:
    """The certificate, if that key signed it. Raises CertificateInvalid."""
    try:
        signed = json.loads(text)
        fields = dict(signed["certificate"])
        fields["keys"] = tuple(fields["keys"])
        certificate = Certificate(**fields)
        signature = b64decode(signed["signature"], validate=True)
        named = str(signed["key"])
    except (ValueError, KeyError, TypeError, Base64Error):
        raise CertificateInvalid("This is not a certificate of erasure") from None
    if certificate.format != FORMAT:
        raise CertificateInvalid("This certificate is of a form that this version does not know")
    if not key.verifies(certificate.canonical, signature):
        raise CertificateInvalid(
            f"The signature is not that of key {key.id}: the certificate was changed, or is of key {named}"
        )
    return certificate


def _waiting(queued: int | None) -> Sentence:
    """What becomes of messages that were accepted from him and wait for another operator."""
    if queued == 0:
        return Sentence("", "")
    if queued is None:
        of_fr, of_en = "des messages acceptés", "of accepted messages"
    elif queued == 1:
        of_fr, of_en = "d'un message accepté", "of one accepted message"
    else:
        of_fr, of_en = f"de {queued} messages acceptés", f"of {queued} accepted messages"
    return Sentence(
        f", et celles {of_fr} en attente d'un autre opérateur : elles lui sont remises, ou sont détruites "
        "au terme des essais",
        f", and those {of_en} still to be handed to another operator: they are handed over, or destroyed "
        "when trying ends",
    )


def text_of(certificate: Certificate) -> str:
    """For people, in French, then in English."""
    c = certificate
    begun, done = (datetime.fromisoformat(moment) for moment in (c.begun_at, c.done_at))
    waiting = _waiting(c.queued)
    french = (
        f"CERTIFICAT D'EFFACEMENT {c.id}",
        f"La boîte aux lettres {c.mailbox} a été effacée à la demande expresse de son titulaire ({c.law}).",
        f"Demande enregistrée le {begun:%d/%m/%Y à %H:%M} UTC, effacement achevé le "
        f"{done:%d/%m/%Y à %H:%M} UTC par {c.carried_out_by}, sur {c.server}.",
        f"Détruits : {len(c.keys)} clés, {c.messages} messages ({c.octets} octets), {c.bodies} contenus "
        f"scellés, {c.conversations} conversations. Aucune sauvegarde des messages ne peut plus être lue.",
        "Ne sont pas détruits : les copies que détiennent ses correspondants, qui sont les leurs"
        f"{waiting.fr} ; l'adresse de la boîte, pour qu'elle ne soit jamais donnée à autrui ; les traces des "
        "échanges, sans contenu, jusqu'à un an ; ce certificat, au journal.",
    )
    english = (
        f"CERTIFICATE OF ERASURE {c.id}",
        f"The mailbox {c.mailbox} was erased at its holder's express request ({c.law}).",
        f"Asked on {begun:%Y-%m-%d %H:%M} UTC, completed on {done:%Y-%m-%d %H:%M} UTC by "
        f"{c.carried_out_by}, on {c.server}.",
        f"Destroyed: {len(c.keys)} keys, {c.messages} messages ({c.octets} octets), {c.bodies} sealed "
        f"contents, {c.conversations} conversations. No backup of the messages can be read any more.",
        f"Not destroyed: the copies his correspondents hold, which are theirs{waiting.en}; the address of "
        "the mailbox, so that it is never given to anybody else; traces of exchanges, without content, for "
        "up to a year; this certificate, in the journal.",
    )
    keys = "\n".join(f"  {key}" for key in c.keys)
    named = f"Clés / Keys:\n{keys}\n" if keys else ""
    return "\n".join(french) + "\n\n" + "\n".join(english) + f"\n\n{named}Journal: sha256 {c.journal}\n"
