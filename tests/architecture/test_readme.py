"""The READMEs: two commands first, and they exist; French and English say the same things."""

import re
from pathlib import Path

import pytest
from tests.support.tree import ROOT

READMES = [ROOT / "README.md", ROOT / "README.fr.md"]
FENCED = re.compile(r"^```console\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
TARGETS = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))


def _commands(text: str) -> list[str]:
    """Every command of the code blocks, comments and alignment left out."""
    lines = (
        line.partition("#")[0].strip()
        for match in FENCED.finditer(text)
        for line in match["code"].splitlines()
    )
    return [line for line in lines if line]


def _shape(text: str) -> list[str]:
    """What a translation keeps: levels of headings, numbers of items, bullets and columns."""
    prose = FENCED.sub("", text)
    return re.findall(r"(?m)^(#+ |[0-9]+\. |\* |\|(?=.*\|$))", prose)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_first_two_commands_show_and_test_everything(readme: Path) -> None:
    assert _commands(readme.read_text(encoding="utf-8"))[:2] == ["make demo", "make test"]


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_every_target_that_is_named_exists(readme: Path) -> None:
    named = re.findall(r"\bmake ([a-z]+)", readme.read_text(encoding="utf-8"))
    assert named
    assert set(named) <= TARGETS


def test_both_languages_give_the_same_commands_and_have_the_same_shape() -> None:
    english, french = (path.read_text(encoding="utf-8") for path in READMES)
    assert _commands(english) == _commands(french)
    assert _shape(english) == _shape(french)
