"""Every case of docs/cases.md, played on a server of its own over SMTP and IMAP."""

from pathlib import Path

import pytest
from tests.cases import gestures, operators, outcomes
from tests.cases.language import forms_of, play
from tests.cases.page import PAGE, NamedCase, read_cases
from tests.cases.stage import a_stage

CASES = read_cases(PAGE.read_text(encoding="utf-8"))
VOCABULARY = (gestures, operators, outcomes)  # what the sentences mean


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_the_page_says_is_what_the_server_does(
    case: NamedCase, furnished: Path, tmp_path: Path
) -> None:
    async with a_stage(furnished, tmp_path / "house") as stage:
        for sentence in case.before:
            await play(stage, sentence)
            assert stage.said is None or stage.said.code == 250, (sentence, stage.said)
        for sentence in case.gesture:
            await play(stage, sentence)
        await stage.settle()
        for sentence in case.then:
            await play(stage, sentence)


def test_every_sentence_has_one_meaning() -> None:
    spoken = {s for case in CASES for s in (*case.before, *case.gesture, *case.then)}
    assert not {s: len(forms_of(s)) for s in spoken if len(forms_of(s)) != 1}


def test_no_two_cases_have_the_same_name() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
