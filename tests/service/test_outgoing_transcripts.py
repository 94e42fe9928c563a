"""What this gateway says to another operator's server, octet for octet: see tests/transcripts/outgoing."""

from pathlib import Path

import pytest
from tests.support.smtp_transcript import play
from tests.support.tree import ROOT

TRANSCRIPTS = {
    path.name: path.read_text(encoding="utf-8").splitlines()
    for path in sorted((ROOT / "tests" / "transcripts" / "outgoing").glob("*.txt"))
}


@pytest.mark.parametrize("name", TRANSCRIPTS)
async def test_a_dialogue_goes_as_written(name: str, tmp_path: Path) -> None:
    await play(name, TRANSCRIPTS[name], tmp_path)


async def test_a_difference_is_found(tmp_path: Path) -> None:
    name = "automatic_answer.txt"
    lines = [line.replace("appelez le 15", "attendez") for line in TRANSCRIPTS[name]]
    with pytest.raises(AssertionError, match="attendez"):
        await play(name, lines, tmp_path)
