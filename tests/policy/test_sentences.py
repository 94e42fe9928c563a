"""What the refused read: each rule in both languages, with its identifier, its source and its age."""

import re
import tomllib

import pytest
from tests.support.builders import a_policy, a_professional, a_sender_case, an_attachment, some_facts
from tests.support.tree import ROOT

from vaguemestre.cli.pages.rules import render
from vaguemestre.mail.reply import Reply
from vaguemestre.mail.sentence import ascii_of
from vaguemestre.policy.described import Refusal, Row, families
from vaguemestre.policy.limits import Limits, megabytes, megaoctets
from vaguemestre.policy.rulebook import RULES, judge_sender
from vaguemestre.smtp.replies import encode_reply

ROWS = [row for _, _, rows in families() for row in rows]
REFUSALS = [(row.identifier, refusal) for row in ROWS for refusal in row.refusals]
WORD = re.compile(r"[a-zà-öø-ÿœ]+", re.IGNORECASE)
ALSO_WITHOUT = {
    "a",
    "la",
    "ou",
    "des",
    "sur",
    "du",
    "cote",
    "passe",
    "meme",
    "notre",
    "votre",
}  # French words with and without accent
LONGEST = "«é»" * 21  # what stands for a name: 60 characters, quoted


def all_rows() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", ROWS, ids=lambda row: row.identifier)


def all_refusals() -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("identifier", "refusal"), REFUSALS)


def test_every_rule_has_an_identifier_of_its_own() -> None:
    assert len(ROWS) == len(RULES) + 1  # silence refuses too
    assert len({row.identifier for row in ROWS}) == len(ROWS)
    assert all(re.fullmatch(r"MSS-[A-Z]+-\d+", row.identifier) for row in ROWS)


@all_rows()
def test_every_rule_says_where_it_comes_from_and_since_when(row: Row) -> None:
    sections = re.findall(r"^## §(\d+) ", (ROOT / "docs" / "domain.md").read_text(), re.MULTILINE)
    cited = re.findall(r"domain\.md §(\d+)", row.source)
    assert set(cited) <= set(sections)
    assert cited or re.match(r"RFC \d+ §\d", row.source), "a rule names its section of domain.md, or its RFC"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    released = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert row.since in {version, *released}
    assert row.permits or row.refusals


@all_refusals()
def test_every_refusal_fits_on_a_line_a_language_with_the_longest_names(
    identifier: str, refusal: Refusal
) -> None:
    code, status = refusal.status.split()
    _, subject, detail = map(int, status.split("."))
    en, fr = (text.replace("…", LONGEST) for text in (refusal.en, refusal.fr))
    octets = encode_reply(Reply(int(code), subject, detail, en, fr, identifier))
    first, second = octets.splitlines(keepends=True)
    assert first.startswith(f"{code}-{status} [{identifier}] ".encode())
    assert second.startswith(f"{code} {status} [{identifier}] ".encode())
    assert max(len(first), len(second)) <= 512  # RFC 5321 §4.5.3.1.5


@all_refusals()
def test_a_refusal_is_one_sentence_and_the_english_one_ascii(identifier: str, refusal: Refusal) -> None:
    assert refusal.en.replace("…", "").isascii(), identifier
    for text in (refusal.fr, refusal.en):
        assert text.strip(), identifier
        assert "\n" not in text
        assert text[-1] not in ".!", "it is said as a sentence of a reply, without a full stop"


def test_the_french_has_its_accents() -> None:
    texts = [(ROOT / "README.fr.md").read_text(), *(refusal.fr for _, refusal in REFUSALS)]
    known = {word.lower() for text in texts for word in WORD.findall(text)}
    accented = {ascii_of(word) for word in known if not word.isascii()} - ALSO_WITHOUT
    for identifier, refusal in REFUSALS:
        bare = {word.lower() for word in WORD.findall(refusal.fr)} & accented
        assert not bare, f"{identifier}: {bare}"


def test_french_quotes_become_english_ones_with_nothing_inside_them() -> None:
    assert ascii_of("Écrivez « aucun » ou «\u00a0deux\u202f», « x ».") == 'Ecrivez "aucun" ou "deux", "x".'


def test_the_longest_name_of_an_attachment_fits_too() -> None:
    program = an_attachment("application/x-msdownload", "ﷺ" * 300)
    reply = judge_sender(a_sender_case(a_professional(), content=some_facts(attachments=[program]))).reply
    assert reply is not None
    assert max(map(len, encode_reply(reply).splitlines(keepends=True))) <= 512


def test_figures_are_said_as_each_language_says_them() -> None:
    case = a_sender_case(a_professional(), declared_size=11_150_000, policy=a_policy(limits=Limits(10**7)))
    reply = judge_sender(case).reply
    assert reply is not None
    assert reply.french == "Le message est trop lourd : 11,2 Mo, limite 10 Mo"
    assert reply.text == "The message is too large: 11.2 MB, limit 10 MB"
    assert (megabytes(10**7), megaoctets(10**7)) == ("10 MB", "10 Mo")


def test_the_page_shows_every_sentence() -> None:
    page = render()
    for identifier, refusal in REFUSALS:
        assert f"| {identifier} |" in page
        assert refusal.fr.replace("<>", "&lt;&gt;") in page
        assert refusal.en.replace("<>", "&lt;&gt;") in page
