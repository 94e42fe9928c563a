"""Runs ``vaguemestre`` commands in this process and keeps what they said."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from vaguemestre.cli.main import main

PROFESSIONAL_DOMAIN = "hopital.mssante.example"
DOCTOR = f"claire.martin@{PROFESSIONAL_DOMAIN}"
CITIZEN = "191070000002243@patient.mssante.fr"


@dataclass(frozen=True, slots=True)
class Said:
    """What one command left behind."""

    status: int
    out: str
    err: str

    def json(self) -> object:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Calls the command with ``--config`` in front."""

    config: Path
    capture: pytest.CaptureFixture[bytes]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *arguments: str, stdin: str = "") -> Said:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        self.capture.readouterr()
        status = main(["--config", str(self.config), *arguments])
        out, err = self.capture.readouterr()
        return Said(int(status), out.decode(), err.decode())
