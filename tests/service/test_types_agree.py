"""What ``mime`` detects and what the rules name are the same words."""

import pytest

from vaguemestre.mail.media_types import PROGRAMS
from vaguemestre.mime.detect import detect_type
from vaguemestre.policy.rules.attachments import CITIZEN_TYPES

RUNS = {
    "windows": b"MZ\x90\x00\x03\x00\x00\x00",
    "elf": b"\x7fELF\x02\x01\x01\x00",
    "mach-o": b"\xcf\xfa\xed\xfe\x07\x00\x00\x01",
    "fat mach-o": b"\xca\xfe\xba\xbe\x00\x00\x00\x02",
    "java": b"\xca\xfe\xba\xbe\x00\x00\x00\x3d",
    "android": b"dex\n035\x00",
    "wasm": b"\0asm\x01\0\0\0",
    "shortcut": b"L\0\0\0\x01\x14\x02\0",
    "shell": b"#!/bin/sh\necho\n",
    "batch": b"@echo off\r\n",
    "php": b"<?php echo 1;",
    "disguised": b"MZ\x90\x00%PDF-1.4\n",
}
SENT_BY_CITIZENS = {
    "pdf": b"%PDF-1.7\n",
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n",
    "tiff": b"II*\0",
    "heic": b"\x00\x00\x00\x18ftypheic",
    "rtf": b"{\\rtf1\\ansi",
    "text": "Bonjour, voici ma réponse.\n".encode(),
}


@pytest.mark.parametrize("name", RUNS)
def test_what_runs_is_refused_from_anyone(name: str) -> None:
    assert detect_type(RUNS[name]) in PROGRAMS


@pytest.mark.parametrize("name", SENT_BY_CITIZENS)
def test_what_citizens_send_is_accepted(name: str) -> None:
    assert detect_type(SENT_BY_CITIZENS[name]) in CITIZEN_TYPES
