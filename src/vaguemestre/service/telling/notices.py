"""Short messages the service itself files in a mailbox, in French and in English. domain.md §2.

They are ordinary messages: any client shows them, they expire like the others, they are sealed like them.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import FlagSet
from vaguemestre.mime.reader import MessageReader
from vaguemestre.service.access.history import file_in_history
from vaguemestre.service.arriving.inbox import file_in_inbox
from vaguemestre.service.conversations.keywords import flags_on_arrival
from vaguemestre.service.outbound.queueing import queue_from_nobody, queue_in_the_name_of
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.vault import SealedBody, Vault

NO_FLAGS: Final = FlagSet(0)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said, in both languages, and the message identifiers it belongs under, nearest first.

    ``is_answer``: somebody's message brought it about (RFC 3834 §5), and not the service by itself.
    ``author``: in whose name it is given, if not the service's. ``expires``: when it goes, where that
    is settled for good (RFC 4021 §2.1.50). ``closes``: it ends its conversation where it is read, in its
    author's name (domain.md §4).
    """

    subject_fr: str
    subject_en: str
    text_fr: str
    text_en: str
    references: tuple[str, ...] = ()
    is_answer: bool = False
    author: Address | None = None
    expires: datetime | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True)
class SealedNotice:
    """A notice ready to be filed inside a unit of work."""

    body: SealedBody
    message_id: str

    def file(
        self,
        tx: Transaction,
        bal: BalId,
        now: datetime,
        conversation: ConversationId | None = None,
        professional: Address | None = None,
    ) -> None:
        """File it in INBOX, in a conversation if it belongs to one; ``professional``: whose bal it is."""
        tx.messages.add_body(self.body, now)
        flags = flags_on_arrival(tx, bal, professional, conversation)
        file_in_inbox(tx, bal, self._message(now, flags, conversation))

    def queue(self, tx: Transaction, to: Address, now: datetime) -> None:
        """For somebody at another operator: it was sealed for ``OUTGOING``."""
        queue_from_nobody(tx, to, self.body, now)

    def queue_from(self, tx: Transaction, author: Address, to: Address, now: datetime) -> None:
        """The same, as a message of its author's: he is its reverse-path."""
        queue_in_the_name_of(tx, author, to, self.body, now)

    def record(self, tx: Transaction, bal: BalId, now: datetime) -> None:
        """File it in the history of accesses."""
        tx.messages.add_body(self.body, now)
        file_in_history(tx, bal, self._message(now), now)

    def file_and_record(self, tx: Transaction, bal: BalId, now: datetime) -> None:
        """Both: one sealed copy that two messages show."""
        self.file(tx, bal, now)
        file_in_history(tx, bal, self._message(now), now)

    def _message(
        self, now: datetime, flags: FlagSet = NO_FLAGS, conversation: ConversationId | None = None
    ) -> NewMessage:
        when = int(now.timestamp())
        return NewMessage(self.body.id, flags, self.body.size, when, conversation, now)


def mailbox_open_again(left: BalKind | None) -> Notice:
    """The holder of an account that was suspended finds this; ``left``: of which kind, when it had left."""
    closed_fr, closed_en = "", ""
    if left is BalKind.CITIZEN:
        closed_fr = " Vos conversations restent clôturées jusqu'à ce qu'un professionnel vous écrive."
        closed_en = " Your conversations stay closed until a professional writes to you."
    elif left is not None:
        closed_fr = " Vos conversations restent clôturées : écrivez de nouveau à un patient pour les rouvrir."
        closed_en = " Your conversations stay closed: write to a patient again to open them."
    return Notice(
        subject_fr="Votre boîte aux lettres est de nouveau ouverte",
        subject_en="Your mailbox is open again",
        text_fr=f"Vous pouvez de nouveau lire et envoyer des messages.{closed_fr}",
        text_en=f"You can read and send messages again.{closed_en}",
    )


def device_connected(device: str, now: datetime) -> Notice:
    """The holder finds this for each password of a device, whoever made it."""
    when = f"{now:%d/%m/%Y %H:%M} UTC"
    return Notice(
        subject_fr="Un appareil peut lire vos messages",
        subject_en="A device can read your messages",
        text_fr=f"Un mot de passe a été créé le {when} pour l'appareil « {device} ». Si ce n'est pas de "
        "votre fait, retirez cet appareil et prévenez votre administrateur.",
        text_en=f'A password was made on {when} for the device "{device}". If that was not you, remove this '
        "device and tell your administrator.",
    )


def device_taken_back(device: str, now: datetime) -> Notice:
    """The holder finds this for each password of a device that ends, whoever ended it."""
    when = f"{now:%d/%m/%Y %H:%M} UTC"
    return Notice(
        subject_fr="Un appareil ne peut plus lire vos messages",
        subject_en="A device can no longer read your messages",
        text_fr=f"Le mot de passe de l'appareil « {device} » a été retiré le {when}. Si ce n'est pas de "
        "votre fait, changez le mot de passe de votre boîte et prévenez votre administrateur.",
        text_en=f'The password of the device "{device}" was taken back on {when}. If that was not you, '
        "change the password of your mailbox and tell your administrator.",
    )


def sending_cancelled(queue_id: str, hour: datetime, operator: str) -> Notice:
    """Somebody else than its sender cancelled a message that waited. RFC 4865."""
    when = f"{hour:%d/%m/%Y %H:%M} UTC"
    return Notice(
        subject_fr="Envoi différé annulé",
        subject_en="Delayed message cancelled",
        text_fr=f"L'administrateur « {operator} » a annulé votre message {queue_id}, qui devait partir "
        f"le {when}. Personne ne l'a reçu ; il est dans vos brouillons.",
        text_en=f'The administrator "{operator}" cancelled your message {queue_id}, which was to leave '
        f"on {when}. Nobody received it; it lies among your drafts.",
    )


def mailbox_inspected(operator: str, now: datetime, reason: str | None) -> Notice:
    """The holder sees each access by anybody else. domain.md §2, minors and carers; house rule on privacy."""
    when = f"{now:%d/%m/%Y %H:%M} UTC"
    what_fr = (
        f"le contenu d'un message, pour ce motif : {reason}" if reason else "les dossiers et les compteurs"
    )
    what_en = f"the content of a message, for this reason: {reason}" if reason else "its folders and counters"
    kept_fr = "" if reason else " Aucun contenu n'a été lu."
    kept_en = "" if reason else " No content was read."
    return Notice(
        subject_fr="Accès à votre boîte aux lettres",
        subject_en="Your mailbox was accessed",
        text_fr=f"Le {when}, l'administrateur « {operator} » a consulté {what_fr}.{kept_fr}",
        text_en=f'On {when}, the administrator "{operator}" looked at {what_en}.{kept_en}',
    )


def mailbox_traced(operator: str, now: datetime) -> Notice:
    """Somebody looked for this account's messages: who wrote to whom, when, what became of it; no content."""
    when = f"{now:%d/%m/%Y %H:%M} UTC"
    return Notice(
        subject_fr="Recherche de vos messages",
        subject_en="Your messages were searched for",
        text_fr=f"Le {when}, l'administrateur « {operator} » a cherché ce que sont devenus des messages que "
        "vous avez envoyés ou reçus. Aucun contenu n'a été lu.",
        text_en=f'On {when}, the administrator "{operator}" looked for what became of messages that you '
        "sent or received. No content was read.",
    )


async def seal_notice(
    vault: Vault,
    bal: BalId,
    holder: Address,
    notice: Notice,
    hostname: str,
    now: datetime,
    *,
    domain: str | None = None,
) -> SealedNotice:
    """Compose and seal a notice for one bal, or for ``OUTGOING``; nothing is filed yet.

    ``domain`` is the service's, where neither holder nor author is ours.
    """
    message = EmailMessage(policy=SMTP)
    message_id = make_msgid(domain=hostname)
    ours = notice.author if bal == OUTGOING and notice.author is not None else holder
    service = f"Vaguemestre <vaguemestre@{domain or ours.domain}>"
    if notice.author is not None:
        if (
            bal != OUTGOING
        ):  # RFC 3834 §3.3: a null reverse-path, so that nothing answers it; else MAIL says so
            message["Return-Path"] = "<>"
        message["From"] = str(notice.author)
        message["Sender"] = service
    else:
        message["From"] = service
    message["To"] = str(holder)
    message["Subject"] = f"{notice.subject_fr} / {notice.subject_en}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id
    # RFC 3834 §5: nobody's vacation reply answers it
    message["Auto-Submitted"] = "auto-replied" if notice.is_answer else "auto-generated"
    if notice.closes:
        message["X-MSS-MES"] = "FIN"
    if notice.expires is not None:
        message["Expires"] = format_datetime(notice.expires)
    if notice.references:
        message["In-Reply-To"] = notice.references[0]
        message["References"] = " ".join(reversed(notice.references))
    message.set_content(f"{notice.text_fr}\n\n{notice.text_en}\n", cte="quoted-printable")
    octets = message.as_bytes()
    spool, reader = vault.spool(), MessageReader()
    try:
        spool.feed(octets)
        reader.feed(octets)
        return SealedNotice(await vault.seal(bal, spool, reader.finish().card, now), message_id)
    finally:
        spool.discard()
