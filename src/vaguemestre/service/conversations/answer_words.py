"""What the service answers by itself to what a holder asked by mail, in French and English. domain.md §2."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from vaguemestre.mail.address import Address
from vaguemestre.policy.mail_commands import LONGEST_ANSWER
from vaguemestre.policy.solicitation import LARGEST_BUDGET
from vaguemestre.service.ports.answer import NewAnswer, Said
from vaguemestre.service.ports.solicitation import Wish
from vaguemestre.service.telling.notices import Notice

_AGAIN_FR: Final = "dès que vous répondez, il est compté de nouveau depuis le début"
_AGAIN_EN: Final = "as soon as you answer, counting begins again"


class _Words(NamedTuple):
    subject_fr: str
    subject_en: str
    fr: str
    en: str


_DONE: Final = ("Réglage enregistré", "Setting saved")
_NOT_DONE: Final = ("Réglage non compris", "Setting not understood")
_HOW_FR: Final = f"un nombre de messages, de 1 à {LARGEST_BUDGET}, ou « aucun »"
_HOW_EN: Final = f'a number of messages, from 1 to {LARGEST_BUDGET}, or "aucun" for none'

_WORDS: Final = {
    Said.BUDGET_SET: _Words(
        *_DONE,
        "Dans chaque conversation, un usager peut vous écrire {value} fois sans réponse de votre part ; "
        f"{_AGAIN_FR}. Pour ne plus limiter : écrivez-vous « [BUDGET] aucun ».",
        "In each conversation a citizen may write to you {value} times without an answer of yours; "
        f'{_AGAIN_EN}. To limit no more, write "[BUDGET] aucun" to yourself.',
    ),
    Said.BUDGET_OFF: _Words(
        *_DONE,
        "Les usagers peuvent répondre dans vos conversations ouvertes sans être limités. Une limite posée "
        "pour une conversation seule y reste.",
        "Citizens may answer in your open conversations without limit. A limit set for one conversation "
        "alone stays there.",
    ),
    Said.BUDGET_WRONG: _Words(
        *_NOT_DONE,
        f"Après [BUDGET], l'objet doit porter {_HOW_FR}. Rien n'est changé.",
        f"After [BUDGET] the subject has to say {_HOW_EN}. Nothing is changed.",
    ),
    Said.BUDGET_SET_HERE: _Words(
        *_DONE,
        "Dans cette conversation seule, l'usager peut vous écrire {value} fois sans réponse de votre part ; "
        f"{_AGAIN_FR}.",
        "In this conversation alone the citizen may write to you {value} times without an answer of yours; "
        f"{_AGAIN_EN}.",
    ),
    Said.BUDGET_OFF_HERE: _Words(
        *_DONE,
        "Dans cette conversation seule, l'usager peut vous répondre sans être limité.",
        "In this conversation alone the citizen may answer you without limit.",
    ),
    Said.BUDGET_USUAL_HERE: _Words(
        *_DONE,
        "Cette conversation suit de nouveau la limite que vous avez posée pour toutes, s'il y en a une.",
        "This conversation follows again the limit that you set for all of them, if there is one.",
    ),
    Said.BUDGET_WRONG_HERE: _Words(
        *_NOT_DONE,
        f"Votre message est parti, mais sans effet sur la limite : après [BUDGET], l'objet doit porter "
        f"{_HOW_FR}, ou « habituel ».",
        f"Your message has left, but it changed no limit: after [BUDGET] the subject has to say {_HOW_EN}, "
        'or "habituel" for the usual limit.',
    ),
    Said.HOURS_SET: _Words(
        *_DONE,
        "Vos heures de lecture : {value}. En dehors d'elles, l'usager qui vous écrit reçoit, une fois par "
        "conversation et par période, une réponse automatique qui le dit ; son message vous est remis comme "
        "les autres. Pour ne plus répondre ainsi : écrivez-vous « [HORAIRES] aucun ».",
        "Your hours of reading: {value}. At other times a citizen who writes to you has an automatic answer "
        "that says so, once a conversation and period; the message is delivered to you as any other. For no "
        'such answer, write "[HORAIRES] aucun" to yourself.',
    ),
    Said.HOURS_OFF: _Words(
        *_DONE,
        "Plus aucune réponse automatique n'est faite aux usagers en votre nom.",
        "No automatic answer is given to citizens in your name any more.",
    ),
    Said.HOURS_WRONG: _Words(
        *_NOT_DONE,
        "Après [HORAIRES], l'objet doit porter des jours et des heures, ou « aucun ». Par exemple : "
        "« lun-ven 9h-18h », ou « lun,mer,ven 9h-12h 14h-18h ; sam 9h-12h ». Rien n'est changé.",
        'After [HORAIRES] the subject has to say days and hours, or "aucun" for none. For example: '
        '"mon-fri 9:00-18:00", or "mon,wed,fri 9:00-12:00 14:00-18:00 ; sat 9:00-12:00". Nothing is changed.',
    ),
    Said.ANSWER_SET: _Words(
        *_DONE,
        "L'usager qui vous écrit hors de vos heures de lecture lira aussi ce que vous venez d'écrire après "
        "[REPONSE]. Pour ne plus rien ajouter : écrivez-vous « [REPONSE] aucune ».",
        "A citizen who writes to you outside your hours of reading will also read what you have just written "
        'after [REPONSE]. To add nothing any more, write "[REPONSE] aucune" to yourself.',
    ),
    Said.ANSWER_SET_WITHOUT_HOURS: _Words(
        *_DONE,
        "C'est noté, mais personne ne le lira tant que vous n'avez pas dit vos heures de lecture : "
        "écrivez-vous par exemple « [HORAIRES] lun-ven 9h-18h ».",
        "It is kept, but nobody reads it until you have said your hours of reading: write for example "
        '"[HORAIRES] mon-fri 9:00-18:00" to yourself.',
    ),
    Said.ANSWER_OFF: _Words(
        *_DONE,
        "La réponse automatique ne dit plus que vos heures et quoi faire en cas d'urgence.",
        "The automatic answer tells your hours and what to do in an emergency, and no more.",
    ),
    Said.ANSWER_WRONG: _Words(
        *_NOT_DONE,
        f"Après [REPONSE], l'objet doit porter une phrase de {LONGEST_ANSWER} caractères au plus, ou "
        "« aucune ». Rien n'est changé.",
        f"After [REPONSE] the subject has to say a sentence of at most {LONGEST_ANSWER} characters, or "
        '"aucune" for none. Nothing is changed.',
    ),
    Said.NOTIFICATIONS_ON: _Words(
        *_DONE,
        "Vous êtes de nouveau averti, à votre adresse personnelle, de l'arrivée d'un message. Pour ne plus "
        "l'être : écrivez-vous « [NOTIFICATIONS] non ».",
        "You are told again, at your personal address, that a message arrived. To be told no more, write "
        '"[NOTIFICATIONS] non" to yourself.',
    ),
    Said.NOTIFICATIONS_OFF: _Words(
        *_DONE,
        "Vous n'êtes plus averti, à votre adresse personnelle, de l'arrivée d'un message. Pour l'être de "
        "nouveau : écrivez-vous « [NOTIFICATIONS] oui ».",
        "You are no longer told, at your personal address, that a message arrived. To be told again, write "
        '"[NOTIFICATIONS] oui" to yourself.',
    ),
    Said.NOTIFICATIONS_NOWHERE: _Words(
        "Réglage impossible",
        "Setting not possible",
        "Aucune adresse personnelle n'est connue où vous avertir : donnez-en une à votre opérateur.",
        "No personal address is known where you could be told: give one to your operator.",
    ),
    Said.NOTIFICATIONS_WRONG: _Words(
        *_NOT_DONE,
        "Après [NOTIFICATIONS], l'objet doit porter « oui » ou « non ». Rien n'est changé.",
        'After [NOTIFICATIONS] the subject has to say "oui" or "non". Nothing is changed.',
    ),
}


@dataclass(frozen=True, slots=True)
class QuietTerms:
    """What an answer at quiet hours ends with, and where the clocks hang by which hours are told."""

    zone: str = "Europe/Paris"
    emergency_fr: str = "En cas d'urgence, appelez le 15 ou le 112."
    emergency_en: str = "In an emergency, call 15 or 112."


def told_when_quiet(
    professional: Address, wish: Wish, terms: QuietTerms, references: tuple[str, ...]
) -> Notice:
    """The automatic answer to a citizen: it names him alone to whom he wrote. RFC 3834 §3."""
    own = "" if wish.answer is None else f"{wish.answer}\n\n"
    hours_fr = "" if wish.hours is None else f" : {wish.hours} ({terms.zone})"
    hours_en = "" if wish.hours is None else f": {wish.hours.in_english()} ({terms.zone})"
    fr = (
        f"Votre message est remis à {professional}, qui le lira pendant ses heures de lecture{hours_fr}.\n\n"
        f"{own}{terms.emergency_fr}"
    )
    en = (
        f"Your message is delivered to {professional}, who will read it during their hours of "
        f"reading{hours_en}.\n\n{terms.emergency_en}"
    )
    subjects = ("Réponse automatique", "Automatic answer")
    return Notice(*subjects, fr, en, references, is_answer=True, author=professional)


def told(answer: NewAnswer, references: tuple[str, ...]) -> Notice:
    """The notice that pays a debt."""
    words = _WORDS[answer.said]
    fr, en = words.fr.format(value=answer.value), words.en.format(value=answer.value)
    return Notice(words.subject_fr, words.subject_en, fr, en, references, is_answer=True)
