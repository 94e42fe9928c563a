"""The French sentences of the cases, and how each is found: forms that leave no doubt.

A form is a pattern of a whole sentence. Exactly one must fit, so that a page never says something else
than what is done.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from tests.cases.stage import Stage

Meaning = Callable[[Stage, re.Match[str]], Awaitable[None]]


class Form(NamedTuple):
    """A form of sentence and what it means."""

    pattern: re.Pattern[str]
    meaning: Meaning


_FORMS: Final[list[Form]] = []


def sentence(pattern: str) -> Callable[[Meaning], Meaning]:
    """Add a form to the language."""

    def register(meaning: Meaning) -> Meaning:
        _FORMS.append(Form(re.compile(pattern), meaning))
        return meaning

    return register


def forms_of(text: str) -> list[Form]:
    """The forms that fit a sentence: there should be one."""
    return [form for form in _FORMS if form.pattern.fullmatch(text)]


async def play(stage: Stage, text: str) -> None:
    """Make one sentence happen, or look whether it is true."""
    (form,) = forms_of(text)
    match = form.pattern.fullmatch(text)
    assert match is not None
    await form.meaning(stage, match)
