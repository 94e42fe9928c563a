"""How the code speaks: module names, opening sentences, citations, reasons beside exceptions.

That public things have docstrings at all is ruff's business (D1); this reads what they say.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from tests.support.tree import Module, everything, modules, pages

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")  # in two pieces, or this line would be one

# "RFC 5321 §4.5.5": capitals, one space, the section sign against its number: what the index reads.
# The media type "message/rfc822" is a name, and cites nothing.
LOOSE_CITATION = re.compile(
    r"(?<![/\"])\brfc[- ]?[0-9]+\b"
    r"|\bRFC-?(?!822)[0-9]+|\bRFC [0-9]+,? (?:section|sect\.|s\.)|\bRFC [0-9]+, §|§ [0-9]"
)

# A capital (or a number, or code), and the end of a sentence before the end of the line.
OPENING = re.compile(r"^[^a-z].*[.!?](?:\s|\)|$)")

NOQA = re.compile(r"#\s*noqa(?::\s*[A-Z0-9, ]+)?(?P<reason>.*)")
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?P<code>\[[a-z, -]+\])?(?P<reason>.*)")
STUB = re.compile(r"\.\.\.\s*# noqa: D102$")  # a line of a Protocol whose name says it all


def _public_docstrings(module: Module) -> Iterator[tuple[str, str]]:
    """Name and first paragraph of every docstring of a public function or class."""
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            docstring = ast.get_docstring(node)
            if docstring is not None and not node.name.startswith("_"):
                yield node.name, docstring.split("\n\n")[0].rstrip()


def _silences(line: str) -> bool:
    """Whether the line silences a warning without saying why (or which)."""
    noqa, ignored = NOQA.search(line), TYPE_IGNORE.search(line)
    if noqa and not STUB.search(line) and not noqa["reason"].strip(" #:-()"):
        return True
    return ignored is not None and not (ignored["code"] and ignored["reason"].strip(" #:-()"))


def test_a_module_is_named_for_the_one_thing_it_holds() -> None:
    words = {
        module.path: {
            word for part in PurePath(module.path).with_suffix("").parts for word in part.split("_")
        }
        for module in everything()
    }
    assert not [path for path, found in words.items() if found & EMPTY_NAMES]


def test_a_module_opens_with_a_sentence() -> None:
    openings = {
        module.path: (ast.get_docstring(module.syntax) or "").partition("\n")[0] for module in modules()
    }
    assert not {path: first for path, first in openings.items() if not OPENING.search(first)}


def test_a_public_docstring_opens_with_a_sentence() -> None:
    assert not [
        f"{module.path}: {name}: {paragraph}"
        for module in modules()
        for name, paragraph in _public_docstrings(module)
        if paragraph[-1] not in ".!?:)"
    ]


def test_nothing_is_left_for_later() -> None:
    assert not [module.path for module in everything() if UNFINISHED.search(module.text)]
    assert not [page.name for page in pages() if UNFINISHED.search(page.read_text(encoding="utf-8"))]


def test_an_rfc_is_cited_in_the_one_form_that_the_index_reads() -> None:
    assert not [
        f"{module.path}: {found[0]}" for module in modules() if (found := LOOSE_CITATION.search(module.text))
    ]


def test_a_silenced_warning_gives_its_reason() -> None:
    assert not [
        f"{module.path}: {line.strip()}"
        for module in everything()
        for line in module.text.splitlines()
        if _silences(line)
    ]
