"""The page of rules: each one's identifier, what it says, and the replies it refuses with.

Sentences come from the docstrings of the rulebook's functions (``CONV-2: a citizen answers…``), replies
from their calls to ``refuse``: read in the syntax tree, since a rule is asked nothing without a case.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType

from vaguemestre.policy.rulebook import RECIPIENT_RULES, SENDER_RULES
from vaguemestre.policy.verdict import SILENCE, Verdict

OPENING = """# Rules

Written by `make docs` from `policy/rulebook.py`: change the rules, not this page.

A rule is a pure function of a case. It permits, refuses or abstains, and order never matters:
**refuse beats permit, permit beats abstain, and silence refuses** (`{code} {status} {text}`).
Of several refusals a permanent one is said before a temporary one, then the smallest identifier.
In a reply, `…` stands for a figure or a name.

To add a rule, see [CONTRIBUTING](../CONTRIBUTING.md).
"""

FAMILIES: tuple[tuple[str, str, Sequence[Callable[..., Verdict]]], ...] = (
    (
        "The sender and the message",
        "Judged once a message. These refuse or abstain; when all abstain, the recipients are judged.",
        SENDER_RULES,
    ),
    (
        "Each recipient",
        "Judged for each recipient: at RCPT, then again with the content, in the unit of work that files it.",
        RECIPIENT_RULES,
    ),
)


def _text(node: ast.expr, known: Mapping[str, object]) -> str:
    """The words of a reply as far as they are known before any case: the rest is ``…``."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, known) for part in node.values)
    if isinstance(node, ast.Name):
        word = known.get(node.id, "…")
        return _text(word, {}) if isinstance(word, ast.expr) else str(word)
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def _replies(rule: FunctionType) -> Iterator[str]:
    """``550 5.7.1 sentence`` for each ``refuse(…)`` in the rule's own body, in the order of the source."""
    nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(rule)))))
    known: dict[str, object] = dict(rule.__globals__)
    known |= {
        target.id: node.value
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: node.lineno):
        if isinstance(call.func, ast.Name) and call.func.id == "refuse":
            code, subject, detail, words = (_text(argument, known) for argument in call.args[1:5])
            yield f"`{code} {code[0]}.{subject}.{detail} {words}`"


def _row(rule: Callable[..., Verdict]) -> str:
    paragraph = (inspect.getdoc(rule) or "").split("\n\n")[0]
    identifier, _, sentence = " ".join(paragraph.split()).partition(": ")
    if not isinstance(rule, FunctionType):
        raise TypeError(f"{identifier}: a rule is a plain function")
    words = [*(["permits"] if "permit" in rule.__code__.co_names else []), *dict.fromkeys(_replies(rule))]
    sentence = sentence.replace("domain.md", "[domain](domain.md)")
    where = rule.__module__.rpartition(".")[2]
    return f"| {identifier} | {sentence[0].upper()}{sentence[1:]} | {'<br>'.join(words)} | `{where}` |"


def render() -> str:
    """The whole page."""
    reply = SILENCE.reply
    if reply is None:
        raise ValueError("silence refuses, so it has a reply")
    lines = [OPENING.format(code=reply.code, status=reply.status, text=reply.text)]
    for title, opening, rules in FAMILIES:
        lines += [f"## {title}", "", opening, "", "| Rule | Says | Word | In |", "|---|---|---|---|"]
        lines += [*(_row(rule) for rule in rules), ""]
    return "\n".join(lines)
