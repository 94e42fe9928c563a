"""The page for operators: one shape in both languages, every refusal of the door, log lines that exist."""

import re

import pytest
from tests.support.tree import ROOT

from vaguemestre.mail.reply import Reply
from vaguemestre.smtp import replies

PAGES = {
    name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("operators.md", "operators.fr.md")
}
SAID = [each for each in vars(replies).values() if isinstance(each, Reply) and "MSS-TLS-" in each.identifier]
SOURCES = ("smtpd/believing.py", "smtpd/wire.py", "net/revocation.py", "net/ocsp.py", "net/renewal.py")


def test_both_languages_have_the_same_shape_and_the_same_commands() -> None:
    shapes = [re.findall(r"(?m)^(#+ |[0-9]+\. |\* |\|)", text) for text in PAGES.values()]
    code = [re.findall(r"(?ms)^```.*?^```", text) for text in PAGES.values()]
    assert shapes[0] == shapes[1]
    assert code[0] == code[1]


@pytest.mark.parametrize("name", PAGES)
def test_every_refusal_of_the_door_is_told_with_its_code(name: str) -> None:
    assert len(SAID) >= 9
    for reply in SAID:
        assert f"| `{reply.identifier}` | {reply.code} {reply.status} |" in PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_every_line_of_the_log_that_is_told_exists(name: str) -> None:
    log = PAGES[name].rpartition("## ")[2]
    events = set(
        re.findall(r"`([a-z]+_[a-z_]+)`", "".join(row.split("|")[1] for row in log.splitlines()[4:] if row))
    )
    logged = "".join((ROOT / "src" / "vaguemestre" / source).read_text() for source in SOURCES)
    assert events
    assert not [event for event in events if f'"{event}"' not in logged]
