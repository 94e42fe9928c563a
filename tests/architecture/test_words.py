"""How the code speaks: module names, opening sentences, citations, reasons beside exceptions.

That public things have docstrings at all is ruff's business (D1); this reads what they say.
"""

import ast
import re
from pathlib import PurePath

import pytest
from tests.support.tree import Module, everything, modules, pages

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")  # in two pieces, or this line would be one

# "RFC 5321 §4.5.5": capitals, one space, the section sign against its number: what the index reads.
LOOSE_CITATION = re.compile(
    r"\brfc[- ]?[0-9]+\b|\bRFC-?(?!822)[0-9]+|\bRFC [0-9]+,? (?:section|sect\.|s\.)|\bRFC [0-9]+, §|§ [0-9]"
)

NOQA = re.compile(r"#\s*noqa(?::\s*[A-Z0-9, ]+)?(?P<reason>.*)")
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?P<code>\[[a-z, -]+\])?(?P<reason>.*)")
STUB = re.compile(r"\.\.\.\s*# noqa: D102$")  # a line of a Protocol whose name says it all


def _comments(module: Module) -> list[str]:
    """Lines that hold a comment; a string that looks like one counts too, which has never hurt."""
    return [line.strip() for line in module.text.splitlines() if "#" in line]


@pytest.mark.parametrize("module", everything(), ids=lambda module: module.path)
def test_a_module_is_named_for_the_one_thing_it_holds(module: Module) -> None:
    words = {word for part in PurePath(module.path).with_suffix("").parts for word in part.split("_")}
    assert not words & EMPTY_NAMES


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)
def test_a_module_opens_with_a_sentence(module: Module) -> None:
    docstring = ast.get_docstring(module.syntax)
    assert docstring, "a module says first what it is"
    first = docstring.splitlines()[0]
    assert first[0].isupper() or not first[0].isalpha()
    assert re.search(r"[.!?](?:\s|\)|$)", first), f"not a sentence: {first}"


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)
def test_a_public_docstring_opens_with_a_sentence(module: Module) -> None:
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            docstring = ast.get_docstring(node)
            if docstring is not None and not node.name.startswith("_"):
                paragraph = docstring.split("\n\n")[0].rstrip()
                assert paragraph[-1] in ".!?:)", f"{node.name}: {paragraph!r}"


@pytest.mark.parametrize("module", everything(), ids=lambda module: module.path)
def test_nothing_is_left_for_later(module: Module) -> None:
    assert UNFINISHED.search(module.text) is None


def test_no_document_is_left_for_later() -> None:
    assert not [page for page in pages() if UNFINISHED.search(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)
def test_an_rfc_is_cited_in_the_one_form_that_the_index_reads(module: Module) -> None:
    assert LOOSE_CITATION.search(module.text) is None


@pytest.mark.parametrize("module", everything(), ids=lambda module: module.path)
def test_a_silenced_warning_gives_its_reason(module: Module) -> None:
    for line in _comments(module):
        if (noqa := NOQA.search(line)) and not STUB.search(line):
            assert noqa["reason"].strip(" #:-()"), line
        if ignored := TYPE_IGNORE.search(line):
            assert ignored["code"], line
            assert ignored["reason"].strip(" #:-()"), line
