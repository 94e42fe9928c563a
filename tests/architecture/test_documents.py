"""The documents tell what the code does: names exist, links lead somewhere, both READMEs agree."""

import re
from pathlib import Path

import pytest
from tests.support.tree import ROOT, Module, modules, pages

GLOSSARY = ROOT / "docs" / "glossary.md"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
FENCED = re.compile(r"^```(?:console|sh|shell|bash)?\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
READMES = [ROOT / "README.md", ROOT / "README.fr.md"]


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def _code_names() -> set[str]:
    """What the last column of each table of the glossary says is in the code."""
    rows = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[-2])}


@pytest.mark.parametrize("name", sorted(_code_names()))
def test_a_name_in_the_glossary_exists_in_the_code(name: str) -> None:
    assert any(re.search(rf"\b{re.escape(name)}\b", module.text) for module in modules())


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_to_a_file_that_exists(page: Path) -> None:
    for match in LINK.finditer(_without_code(page.read_text(encoding="utf-8"))):
        target = match["target"].partition("#")[0]
        if target and "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)
def test_a_section_of_the_domain_that_is_cited_exists(module: Module) -> None:
    domain = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
    cited = re.findall(r"domain\.md ((?:§[0-9]+(?:, | and |, and )?)+)", module.text)
    for section in re.findall(r"§[0-9]+", " ".join(cited)):
        assert f"## {section} " in domain, section
