"""``make demo ONCE=1``: the whole story, played by a process of its own over real connections."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_RUN = "import sys; from vaguemestre.cli.main import main; sys.exit(main())"


def _demo(folder: Path, language: str = "C.UTF-8") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _RUN, "demo", "--once", "--folder", str(folder)],
        env={**os.environ, "LANG": language, "LC_ALL": language},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("language", "said"), [("C.UTF-8", "A doctor writes"), ("fr_FR.UTF-8", "Un médecin écrit")]
)
def test_the_story_goes_as_told_in_both_languages(tmp_path: Path, language: str, said: str) -> None:
    done = _demo(tmp_path / "demo", language)
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout
    for reply in (
        "250 2.0.0 Accepted as",
        "550 5.7.1 [MSS-CONV-0] Only the professional can open a conversation",
        "550 5.7.1 [MSS-CONV-5] A citizen cannot write to another citizen",
        "552 5.3.4 [MSS-LIM-1] The message is too large: 27.4 MB, limit 25 MB",
        "552 5.2.3 [MSS-ATT-1] The attachments are too large: 11.1 MB, limit 10 MB",
        'The attachment "ordonnance.pdf" is a program',
        "550 5.7.1 [MSS-CONV-2] This conversation has been closed by the professional",
        "* 0 EXISTS",
        "ticket 1234",
    ):
        assert reply in done.stdout, reply


def test_a_folder_that_is_not_a_demonstrations_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "letter.txt").write_text("mine")
    done = _demo(tmp_path / "precious")
    assert done.returncode != 0
    assert "not a demonstration" in done.stderr
    assert (tmp_path / "precious" / "letter.txt").read_text() == "mine"
