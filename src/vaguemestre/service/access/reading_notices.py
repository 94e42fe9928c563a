"""What a holder is told of administrators who read in his bal, in French and in English. domain.md §2."""

from datetime import datetime

from vaguemestre.policy.access import PARIS
from vaguemestre.service.telling.notices import Notice


def reading_allowed(reader: str, second: str | None, until: datetime, reason: str) -> Notice:
    """Somebody may read contents from now on; ``second`` let him."""
    last = f"{until.astimezone(PARIS):%d/%m/%Y %H:%M}"
    with_fr = f", avec l'accord de l'administrateur « {second} »" if second else ""
    with_en = f', with the consent of the administrator "{second}"' if second else ""
    return Notice(
        subject_fr="Un administrateur peut lire votre boîte aux lettres",
        subject_en="An administrator may read your mailbox",
        text_fr=f"L'administrateur « {reader} » peut lire vos messages jusqu'au {last} (heure de Paris)"
        f"{with_fr}, pour ce motif : {reason}. "
        "Tout ce qu'il y lira sera consigné dans le dossier « Historique d'accès ».",
        text_en=f'The administrator "{reader}" may read your messages until {last} (time of Paris)'
        f"{with_en}, for this reason: {reason}. "
        "Whatever is read will be told in the mailbox «Historique d'accès».",
    )


def reading_ended(reader: str, ender: str) -> Notice:
    """It was revoked before its time."""
    return Notice(
        subject_fr="Un administrateur ne peut plus lire votre boîte aux lettres",
        subject_en="An administrator may not read your mailbox any more",
        text_fr=f"L'autorisation de lecture de l'administrateur « {reader} » a été retirée par « {ender} ».",
        text_en=f'The administrator "{reader}" may not read any more: "{ender}" revoked it.',
    )


def content_read(reader: str, now: datetime, what_fr: str, what_en: str, reason: str) -> Notice:
    """One look."""
    when = f"{now.astimezone(PARIS):%d/%m/%Y %H:%M}"
    return Notice(
        subject_fr="Accès à votre boîte aux lettres",
        subject_en="Your mailbox was accessed",
        text_fr=f"Le {when} (heure de Paris), l'administrateur « {reader} » a {what_fr}, "
        f"pour ce motif : {reason}.",
        text_en=f'On {when} (time of Paris), the administrator "{reader}" {what_en}, '
        f"for this reason: {reason}.",
    )
