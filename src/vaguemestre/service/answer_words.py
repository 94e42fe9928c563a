"""What the service answers by itself to what a holder asked by mail, in French and English. domain.md §2."""

from typing import Final, NamedTuple

from vaguemestre.policy.solicitation import LARGEST_BUDGET
from vaguemestre.service.answer_port import NewAnswer, Said
from vaguemestre.service.notices import Notice

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
}


def told(answer: NewAnswer, references: tuple[str, ...]) -> Notice:
    """The notice that pays a debt."""
    words = _WORDS[answer.said]
    fr, en = words.fr.format(value=answer.value), words.en.format(value=answer.value)
    return Notice(words.subject_fr, words.subject_en, fr, en, references, is_answer=True)
