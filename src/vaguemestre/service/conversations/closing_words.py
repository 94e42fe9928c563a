"""What is said when a conversation has been closed, in French and English, to either side. domain.md §2.

A professional is named by his address, for a conversation may have several; what was written is never told.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ClosedBy, Pair
from vaguemestre.service.telling.notices import Notice

_SUBJECT_FR: Final = "Conversation clôturée"
_SUBJECT_EN: Final = "Conversation closed"
_AFAR_FR: Final = "Fin de la conversation"  # another subject: his operator may well tell it in ours
_AFAR_EN: Final = "End of the conversation"
_MOST_NAMED: Final = 200  # conversations in one digest: a page that can still be read


class Ended(NamedTuple):
    """One conversation, as the professional is told of it."""

    citizen: Address
    opened_at: datetime
    by: ClosedBy


_TO_CITIZEN: Final = {
    ClosedBy.OPERATOR: (
        "L'opérateur de la messagerie a clôturé cette conversation. Vous ne pouvez plus y répondre.",
        "The operator of this mail service has closed this conversation. You can no longer answer.",
    ),
    ClosedBy.INACTIVITY: (
        "Aucun message n'y ayant été échangé depuis longtemps, cette conversation a été clôturée. Vous ne "
        "pouvez plus y répondre ; le professionnel peut la rouvrir en vous écrivant de nouveau.",
        "No message having been exchanged for a long time, this conversation has been closed. You can no "
        "longer answer; the professional can open it again by writing to you.",
    ),
    ClosedBy.ACCOUNT: (
        "La boîte aux lettres de votre correspondant ne reçoit plus de messages : cette conversation est "
        "clôturée.",
        "Your correspondent's mailbox receives no more messages: this conversation is closed.",
    ),
}
_BY_HAND: Final = (
    "Le professionnel a clôturé cette conversation. Vous ne pouvez plus y répondre ; "
    "il peut la rouvrir en vous écrivant de nouveau.",
    "The professional has closed this conversation. You can no longer answer; "
    "writing to you again opens it again.",
)
_TO_PROFESSIONAL: Final = {
    ClosedBy.OPERATOR: (
        "L'opérateur de la messagerie a clôturé cette conversation. Un nouveau message de vous la rouvre.",
        "The operator of this mail service has closed this conversation. Another message of yours opens it "
        "again.",
    ),
    ClosedBy.INACTIVITY: (
        "Aucun message n'y ayant été échangé depuis longtemps, cette conversation a été clôturée. Un nouveau "
        "message de vous la rouvre.",
        "No message having been exchanged for a long time, this conversation has been closed. Another "
        "message of yours opens it again.",
    ),
    ClosedBy.ACCOUNT: _TO_CITIZEN[ClosedBy.ACCOUNT],
}
_WHY: Final = {
    ClosedBy.OPERATOR: ("par l'opérateur", "by the operator"),
    ClosedBy.INACTIVITY: ("aucun message depuis longtemps", "no message for a long time"),
    ClosedBy.ACCOUNT: ("le correspondant ne reçoit plus de messages", "they receive no more messages"),
}
_MANY_FR: Final = (
    "Ces conversations ont été clôturées : leurs messages portent le mot-clé $Clos. Un nouveau message de "
    "vous rouvre une conversation."
)
_MANY_EN: Final = (
    "These conversations have been closed: their messages carry the keyword $Clos. Another message of yours "
    "opens a conversation again."
)
_MANY_AFAR_FR: Final = (
    "Ces conversations ont été clôturées par la messagerie de vos correspondants. Un nouveau message de vous "
    "rouvre une conversation."
)
_MANY_AFAR_EN: Final = (
    "These conversations have been closed by your correspondents' mail service. Another message of yours "
    "opens a conversation again."
)


def told_to_citizen(by: ClosedBy, pairs: Sequence[Pair], references: tuple[str, ...]) -> Notice:
    """The notice in his conversation; ``pairs`` are all of it, so that he knows whom he may still answer."""
    french, english = _TO_CITIZEN.get(by, _BY_HAND)
    closed = "\n".join(f"  {pair.professional}" for pair in pairs if pair.closed_at is not None)
    still = "\n".join(f"  {pair.professional}" for pair in pairs if pair.closed_at is None)
    french, english = f"{french}\n\n{closed}", f"{english}\n\n{closed}"
    if still:
        french += f"\n\nVous pouvez encore répondre à :\n\n{still}"
        english += f"\n\nYou can still answer:\n\n{still}"
    return Notice(_SUBJECT_FR, _SUBJECT_EN, french, english, references)


def told_to_citizen_elsewhere(
    by: ClosedBy, closed: Pair, still: Sequence[Pair], references: tuple[str, ...]
) -> Notice:
    """What closes it at his operator too, in the professional's name; ``still``: whom he may answer."""
    notice = told_to_citizen(by, (closed, *still), references)
    return replace(notice, subject_fr=_AFAR_FR, subject_en=_AFAR_EN, author=closed.professional, closes=True)


def told_that_open_again(professional: Address, references: tuple[str, ...]) -> Notice:
    """The message that opens it at his operator too, in the professional's name."""
    return Notice(
        "Conversation rouverte",
        "Conversation open again",
        "L'opérateur de la messagerie du professionnel a rouvert cette conversation. Vous pouvez de nouveau "
        f"y répondre, à :\n\n  {professional}",
        "The operator of the professional's mail service has opened this conversation again. You can answer "
        f"again, to:\n\n  {professional}",
        references,
        author=professional,
    )


def told_to_professional(ended: Ended, references: tuple[str, ...]) -> Notice:
    """The notice in his conversation, which is not named: it stands there."""
    return Notice(_SUBJECT_FR, _SUBJECT_EN, *_TO_PROFESSIONAL[ended.by], references)


def told_of_many(ended: Sequence[Ended]) -> Notice:
    """One notice for all that was closed without him: it names them, or nobody would know which."""
    return _named(ended, _MANY_FR, _MANY_EN)


def told_of_many_elsewhere(ended: Sequence[Ended]) -> Notice:
    """The same for a professional at another operator, whose messages show nothing of it."""
    return _named(ended, _MANY_AFAR_FR, _MANY_AFAR_EN)


def _named(ended: Sequence[Ended], text_fr: str, text_en: str) -> Notice:
    named = ended[:_MOST_NAMED]
    french = "\n".join(f"  {one.citizen}, {one.opened_at:%d/%m/%Y} : {_WHY[one.by][0]}" for one in named)
    english = "\n".join(f"  {one.citizen}, {one.opened_at:%Y-%m-%d}: {_WHY[one.by][1]}" for one in named)
    if (more := len(ended) - len(named)) > 0:
        french += f"\n  … et {more} de plus"
        english += f"\n  … and {more} more"
    return Notice(
        f"{len(ended)} conversations clôturées",
        f"{len(ended)} conversations closed",
        f"{text_fr}\n\n{french}",
        f"{text_en}\n\n{english}",
    )
