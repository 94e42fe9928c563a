"""The rules described: each one's identifier, what it says, its refusals in both languages, source and age.

Sentences and sources come from the docstrings of the rulebook's functions (``CONV-2: a citizen answers…
domain.md §2``), refusals from the calls to ``refuse``: read in the syntax tree, since a rule is asked
nothing without a case. It takes a tenth of a second, for pages and screens and never for mail.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Final

from vaguemestre.policy.rulebook import RECIPIENT_RULES, SENDER_RULES
from vaguemestre.policy.verdict import SILENCE, Verdict

# The docstring of a rule: what it says, then the sentence that begins with where it is said.
_SOURCE: Final = re.compile(r"(?<=\. )(?=domain\.md §|RFC \d)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One of the ways in which a rule refuses; figures and names are ``…``."""

    status: str
    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Row:
    """What the page says of one rule."""

    identifier: str
    says: str
    source: str
    since: str
    permits: bool
    refusals: tuple[Refusal, ...]


def _text(node: ast.expr, known: Mapping[str, object]) -> str:
    """The words of a reply as far as they are known before any case: the rest is ``…``."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, known) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, known)
    if isinstance(node, ast.Name):
        return str(known.get(node.id, "…"))
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def _refusals(rule: FunctionType) -> Iterator[Refusal]:
    """One for each ``refuse(…)`` in the rule's own body, in the order of the source."""
    nodes = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(rule))))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: node.lineno):
        if isinstance(call.func, ast.Name) and call.func.id == "refuse":
            code, subject, detail = (_text(argument, {}) for argument in call.args[1:4])
            words = {word.arg: _text(word.value, rule.__globals__) for word in call.keywords}
            yield Refusal(f"{code} {code[0]}.{subject}.{detail}", words["fr"], words["en"])


def _row(rule: Callable[..., Verdict], since: str) -> Row:
    paragraph = (inspect.getdoc(rule) or "").split("\n\n")[0]
    identifier, _, sentence = " ".join(paragraph.split()).partition(": ")
    if not isinstance(rule, FunctionType):
        raise TypeError(f"{identifier}: a rule is a plain function")
    says, *source = _SOURCE.split(f"{sentence[0].upper()}{sentence[1:]}", maxsplit=1)
    permits = "permit" in rule.__code__.co_names
    refusals = tuple(dict.fromkeys(_refusals(rule)))
    return Row(f"MSS-{identifier}", says.strip(), "".join(source), since, permits, refusals)


def _silence() -> Row:
    reply = SILENCE.reply
    if reply is None:
        raise ValueError("silence refuses, so it has a reply")
    says, source = "When no rule permits and none refuses: a citizen writes first to nobody.", "domain.md §2."
    refusal = Refusal(f"{reply.code} {reply.status}", reply.french, reply.text)
    return Row(reply.identifier, says, source, next(iter(RECIPIENT_RULES.values())), False, (refusal,))


def families() -> tuple[tuple[str, str, tuple[Row, ...]], ...]:
    """The title of each family, what it is for, its rules."""
    return (
        (
            "The sender and the message",
            "Judged once a message. These refuse or abstain; when all abstain, the recipients are judged.",
            tuple(_row(rule, since) for rule, since in SENDER_RULES.items()),
        ),
        (
            "Each recipient",
            "Judged for each recipient: at RCPT, then again with the content, where the message is filed.",
            (*(_row(rule, since) for rule, since in RECIPIENT_RULES.items()), _silence()),
        ),
    )
