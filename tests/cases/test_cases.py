"""Every case of docs/cases.md, played on whole servers over SMTP and IMAP.

Most play on one pair of servers, each with people of its own.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.cases import gestures, operators, outcomes
from tests.cases.language import forms_of, play
from tests.cases.page import PAGE, NamedCase, read_cases
from tests.cases.people import recast
from tests.cases.stage import Stage, a_stage

CASES = read_cases(PAGE.read_text(encoding="utf-8"))
VOCABULARY = (gestures, operators, outcomes)  # what the sentences mean


# What changes a server for everybody on it, its clock too, or needs people whom files name by their address.
_NEEDS_ITS_OWN = re.compile(
    "liste de confiance|réglage|redémarre|passe|On est|pharmacie|officine|compte rendu|envoi XDM|matricule"
)


@asynccontextmanager
async def _staged(case: NamedCase, shared: Stage, furnished: Path, folder: Path) -> AsyncIterator[Stage]:
    if any(map(_NEEDS_ITS_OWN.search, case.sentences)):
        recast(0)
        async with a_stage(furnished, folder) as stage:
            yield stage
    else:
        recast(CASES.index(case) + 1)
        yield shared.again(is_alone=not any("autre opérateur" in one for one in case.sentences))


@pytest.mark.asyncio(loop_scope="module")  # in which the servers that they share run
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_the_page_says_is_what_the_server_does(
    case: NamedCase, shared: Stage, furnished: Path, tmp_path: Path
) -> None:
    async with _staged(case, shared, furnished, tmp_path / "house") as stage:
        for sentence in case.before:
            await play(stage, sentence)
            assert stage.said is None or stage.said.code == 250, (sentence, stage.said)
        for sentence in case.gesture:
            await play(stage, sentence)
        await stage.settle()
        for sentence in case.then:
            await play(stage, sentence)


def test_every_sentence_has_one_meaning() -> None:
    spoken = {s for case in CASES for s in case.sentences}
    assert not {s: len(forms_of(s)) for s in spoken if len(forms_of(s)) != 1}


def test_no_two_cases_have_the_same_name() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
