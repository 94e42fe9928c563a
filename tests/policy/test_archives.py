"""What no attachment may hold inside, whoever sends it. domain.md §3."""

from dataclasses import replace

import pytest
from tests.support.builders import a_professional, a_sender_case, an_attachment, some_facts

from vaguemestre.mail.examined import Finding, Flaw
from vaguemestre.mail.media_types import CLOSED_ARCHIVES
from vaguemestre.policy.rulebook import judge_sender


def said_of(finding: Finding, name: str = "dossier.zip") -> tuple[str, str]:
    attachment = replace(an_attachment("application/zip", name), findings=(finding,))
    verdict = judge_sender(a_sender_case(a_professional(), content=some_facts(attachments=[attachment])))
    return verdict.rule, str(verdict.reply)


@pytest.mark.parametrize(
    ("finding", "rule", "sentence"),
    [
        (
            Finding(Flaw.PROGRAM, "a.exe"),
            "ATT-6",
            'The attachment "dossier.zip" (file "a.exe") holds a program',
        ),
        (Finding(Flaw.MACRO), "ATT-7", 'The attachment "dossier.zip" holds macros'),
        (Finding(Flaw.ENCRYPTED, "a.pdf"), "ATT-8", '"dossier.zip" (file "a.pdf") is under a password'),
        (Finding(Flaw.NESTED, "b.zip"), "ATT-9", '"dossier.zip" (file "b.zip") holds an archive'),
        (Finding(Flaw.SIZE, "", 212_340_000, 100_000_000), "ATT-10", "unpacks to 212.4 MB, limit 100 MB"),
        (Finding(Flaw.RATIO, "", 1021, 100), "ATT-10", "unpacks to 1021 times its size, limit 100 times"),
        (Finding(Flaw.ENTRIES, "", 2001, 2000), "ATT-10", "holds 2001 files, limit 2000"),
        (Finding(Flaw.BROKEN), "ATT-11", "is damaged or hides an archive"),
        (Finding(Flaw.CLOSED, "x"), "ATT-12", '"dossier.zip" is an archive that cannot be examined'),
    ],
)
def test_each_flaw_is_refused_with_its_sentence(finding: Finding, rule: str, sentence: str) -> None:
    found, reply = said_of(finding)
    assert found == rule
    assert sentence in reply


def test_every_flaw_is_refused() -> None:
    assert {said_of(Finding(flaw))[0] for flaw in Flaw} == {f"ATT-{number}" for number in range(6, 13)}


@pytest.mark.parametrize("detected_type", sorted(CLOSED_ARCHIVES))
def test_archives_of_other_kinds_are_refused(detected_type: str) -> None:
    content = some_facts(attachments=[an_attachment(detected_type, "photos.rar")])
    assert judge_sender(a_sender_case(a_professional(), content=content)).rule == "ATT-12"


def test_what_was_opened_and_is_sound_stands() -> None:
    content = some_facts(attachments=[an_attachment("application/zip", "dossier.zip")])
    assert not judge_sender(a_sender_case(a_professional(), content=content)).refuses
