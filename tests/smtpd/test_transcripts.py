"""Dialogues, octet for octet: see tests/transcripts/smtp."""

from pathlib import Path

import pytest
from tests.support.smtp_transcript import play
from tests.support.tree import ROOT

TRANSCRIPTS = sorted((ROOT / "tests" / "transcripts").glob("smtp*/*.txt"))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_there_are_transcripts() -> None:
    assert TRANSCRIPTS


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_a_dialogue_goes_as_written(path: Path, tmp_path: Path) -> None:
    await play(path.name, _lines(path), tmp_path)
