"""The page of cases, read as tests: docs/cases.md says in French what the service does, and this runs it.

A case is a heading of the third level and a list: what happened before («Avant»), what somebody does
(«Geste»), what must be true then («Alors»), where it is written («Source»). Sentences end with a full stop.
"""

import re
from dataclasses import dataclass

from tests.support.tree import ROOT

PAGE = ROOT / "docs" / "cases.md"

_CASE = re.compile(r"^### (?P<name>.+)$", re.MULTILINE)
_ITEM = re.compile(r"^\* \*\*(?P<label>Avant|Geste|Alors|Source) :\*\*(?P<text>.*(?:\n  .*)*)", re.MULTILINE)
_SENTENCE = re.compile(r"(?:«[^»]*»|[^.«]|\.(?!\s|$))+\.")


@dataclass(frozen=True, slots=True)
class NamedCase:
    """One case: its name and its sentences, in order. ``source`` names the rules and the domain."""

    name: str
    before: tuple[str, ...]
    gesture: tuple[str, ...]
    then: tuple[str, ...]
    source: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them, in order."""
        return (*self.before, *self.gesture, *self.then)

    @property
    def rules(self) -> frozenset[str]:
        """The identifiers of the rules it is about."""
        return frozenset(re.findall(r"MSS-([A-Z]+-[0-9]+)", self.source))


def read_cases(text: str) -> list[NamedCase]:
    """Every case of a page. Raises ValueError for one that lacks a part or has it twice."""
    headings = list(_CASE.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return [
        _case(heading["name"].strip(), text[heading.end() : end])
        for heading, end in zip(headings, ends, strict=True)
    ]


def _case(name: str, text: str) -> NamedCase:
    items: dict[str, str] = {}
    for item in _ITEM.finditer(text):
        if item["label"] in items:
            raise ValueError(f"{name}: «{item['label']}» stands twice")
        items[item["label"]] = " ".join(item["text"].split())
    if missing := {"Geste", "Alors", "Source"} - items.keys():
        raise ValueError(f"{name}: no {sorted(missing)}")
    before, gesture, then = (_sentences(name, items.get(label, "")) for label in ("Avant", "Geste", "Alors"))
    return NamedCase(name, before, gesture, then, items["Source"])


def _sentences(name: str, text: str) -> tuple[str, ...]:
    sentences = tuple(sentence.strip().removesuffix(".") for sentence in _SENTENCE.findall(text))
    if rest := _SENTENCE.sub("", text).strip():
        raise ValueError(f"{name}: «{rest}» does not end with a full stop")
    return sentences
