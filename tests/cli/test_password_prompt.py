"""On a terminal the password is asked twice, and never shown."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.support.command_line import DOCTOR

_PROGRAM = "import sys; from vaguemestre.cli.main import main; sys.exit(main())"


def until(terminal: int, words: bytes) -> bytes:
    said = b""
    while words not in said:
        said += os.read(terminal, 1024)
    return said


def test_the_password_is_asked_until_it_is_typed_twice_alike(house: Path) -> None:
    terminal, other_side = pty.openpty()
    config = str(house / "vaguemestre.toml")
    try:
        with subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, "bal", "add", DOCTOR, "--kind", "PER", "--config", config],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=other_side,
            stdout=other_side,
            stderr=other_side,
            start_new_session=True,
        ) as process:
            said = b""
            for prompt, typed in (
                (b"Password: ", b"one password\n"),
                (b"Again: ", b"another\n"),
                (b"Password: ", b"one password\n"),
                (b"Again: ", b"one password\n"),
            ):
                said += until(terminal, prompt)
                os.write(terminal, typed)
            said += until(terminal, b"added.")
            assert process.wait(timeout=30) == 0
    finally:
        os.close(terminal)
        os.close(other_side)
    assert b"do not match" in said
    assert b"one password" not in said
