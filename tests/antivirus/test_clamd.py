"""What clamd says becomes a verdict; whatever else it says or does not say is none. clamd(8)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.clamd import EICAR, NAME, STREAM_MAX, a_clamd, a_scanner_that_says

from vaguemestre.antivirus.clamd import Clamd
from vaguemestre.service.ports.antivirus import AntivirusDownError

PATIENCE = 30.0


async def test_a_real_clamd_finds_what_its_signatures_name(tmp_path: Path) -> None:
    async with a_clamd(tmp_path) as listening:
        clamd = Clamd(listening, 2, PATIENCE)
        assert await clamd.scan([b"Bonjour"]) is None
        assert await clamd.scan([]) is None
        assert await clamd.scan([EICAR[:20], b"", EICAR[20:]]) == NAME
        found = await asyncio.gather(*(clamd.scan([EICAR] if n % 2 else [b"x" * 60_000]) for n in range(10)))
        assert found == [None, NAME] * 5
        with pytest.raises(AntivirusDownError):
            await clamd.scan([b"x" * 60_000] * (2 * STREAM_MAX // 60_000))
        assert await clamd.scan([b"Bonjour"]) is None


@pytest.mark.parametrize(
    ("answer", "verdict"), [(b"stream: OK\0", None), (b"stream: Win.Test.X-1 FOUND\0", "Win.Test.X-1")]
)
async def test_a_verdict_over_tcp(answer: bytes, verdict: str | None) -> None:
    async with a_scanner_that_says(answer) as place:
        assert await Clamd(place, 1, PATIENCE).scan([b"Bonjour"]) == verdict


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"stream: OK",  # no end
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream:  FOUND\0",
        b"stream: OK FOUND OK\0",
        b"x" * 100_000,
        b"\xff\xfe\0",
    ],
)
async def test_whatever_is_no_verdict_is_no_scan(answer: bytes) -> None:
    async with a_scanner_that_says(answer) as place:
        with pytest.raises(AntivirusDownError):
            await Clamd(place, 1, PATIENCE).scan([b"Bonjour"])


async def test_a_scanner_that_hangs_up_in_the_middle_is_no_scan() -> None:
    async with a_scanner_that_says(b"", reads=100) as place:
        with pytest.raises(AntivirusDownError):
            await Clamd(place, 1, PATIENCE).scan([b"x" * 65_536] * 200)


async def test_nobody_there_is_no_scan(tmp_path: Path) -> None:
    with pytest.raises(AntivirusDownError):
        await Clamd(tmp_path / "nobody.ctl", 1, PATIENCE).scan([b"Bonjour"])


async def test_a_scanner_that_says_nothing_is_not_waited_for_longer_than_set() -> None:
    async with a_scanner_that_says(b"", reads=10_000) as place:
        with pytest.raises(AntivirusDownError):
            await Clamd(place, 1, 0.05).scan([b"Bonjour"])


async def test_no_more_are_scanned_at_once_than_set() -> None:
    scanning, most = 0, 0

    def octets() -> Iterator[bytes]:
        nonlocal scanning, most
        scanning += 1
        most = max(most, scanning)
        yield b"x"
        yield b"y"
        scanning -= 1

    async with a_scanner_that_says(b"stream: OK\0") as place:
        clamd = Clamd(place, 3, PATIENCE)
        await asyncio.gather(*(clamd.scan(octets()) for _ in range(12)))
    assert most <= 3
