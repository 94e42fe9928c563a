"""The documents tell what the code does: names exist, links lead somewhere, both READMEs agree."""

import re
from pathlib import Path

import pytest
from tests.support.tree import ROOT, modules, pages

from vaguemestre.cli.docs import PACKAGE, PAGES
from vaguemestre.cli.pages import rfc

GLOSSARY = ROOT / "docs" / "glossary.md"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def _code_names() -> set[str]:
    """What the last column of each table of the glossary says is in the code."""
    rows = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[-2])}


def test_every_name_in_the_glossary_exists_in_the_code() -> None:
    text = "\n".join(module.text for module in modules())
    words = set(re.findall(r"\w+", text))  # most names are one: looking for each in the whole text took 2 s
    assert not [
        name
        for name in sorted(_code_names())
        if name not in words and not re.search(rf"\b{re.escape(name)}\b", text)
    ]


def _dead_links(page: Path) -> list[str]:
    targets = (match["target"] for match in LINK.finditer(_without_code(page.read_text(encoding="utf-8"))))
    local = (target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:", target))
    return [f"{page.name}: {target}" for target in local if target and not (page.parent / target).exists()]


def test_every_link_leads_to_a_file_that_exists() -> None:
    assert not [link for page in pages() for link in _dead_links(page)]


def _anchors(page: Path) -> set[str]:
    """As they are made of headings: small letters, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", _without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_link_to_a_heading_leads_to_one_that_exists() -> None:
    dead = []
    for page in pages():
        for match in LINK.finditer(_without_code(page.read_text(encoding="utf-8"))):
            path, mark, anchor = match["target"].partition("#")
            target = page if not path else page.parent / path
            is_ours = mark and ":" not in path and target.suffix == ".md"
            if is_ours and anchor not in _anchors(target):
                dead.append(f"{page.name}: {match['target']}")
    assert not dead


def _english_links(page: Path) -> list[str]:
    """Of a page in French, those to a page that is there in French too, its own other one apart."""
    own = page.name.replace(".fr.md", ".md")
    links = LINK.finditer(_without_code(page.read_text(encoding="utf-8")))
    paths = {match["target"].partition("#")[0] for match in links} - {own}
    there = (path for path in paths if path.endswith(".md") and not path.endswith(".fr.md"))
    return [f"{page.name}: {path}" for path in sorted(there) if (page.parent / f"{path[:-3]}.fr.md").exists()]


def test_a_page_in_french_leads_to_pages_in_french_where_there_are() -> None:
    in_french = [page for page in pages() if page.name.endswith(".fr.md")]
    assert in_french
    assert not [link for page in in_french for link in _english_links(page)]


def test_every_section_of_the_domain_that_is_cited_exists() -> None:
    domain = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
    for module in modules():
        cited = " ".join(re.findall(r"domain\.md ((?:§[0-9]+(?:, | and |, and )?)+)", module.text))
        assert not [s for s in re.findall(r"§[0-9]+", cited) if f"## {s} " not in domain], module.path


def test_every_document_that_the_code_names_exists() -> None:
    places = [ROOT, ROOT / "docs", ROOT / "docs" / "decisions", ROOT / "certs"]
    for module in modules():
        named = set(re.findall(r"\b(?:docs/)?([\w-]+(?:\.\w+)?\.md)\b", module.text))
        assert not [n for n in named if not any((place / n).exists() for place in places)], module.path


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_says_what_the_code_says(name: str) -> None:
    folder = ROOT / "docs"
    written = (folder / name).read_text(encoding="utf-8")
    assert written == PAGES[name](folder), "write it again with: make docs"


def test_every_standard_that_is_cited_has_its_title() -> None:
    assert not rfc.citations(PACKAGE).keys() - rfc.TITLES.keys()


def test_a_citation_may_name_several_sections_and_be_cut_by_a_line_end(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("# RFC 5321 §4.1.2, §4.1.3 and\n# §4.5.5; RFC 1870 and RFC 9051\n# §7")
    assert rfc.citations(tmp_path) == {
        5321: {"4.1.2": {"one"}, "4.1.3": {"one"}, "4.5.5": {"one"}},
        1870: {"": {"one"}},
        9051: {"7": {"one"}},
    }
