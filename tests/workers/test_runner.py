"""A job goes on while there is work, pauses when there is none, survives its failures, stops when told."""

import asyncio
import time
from datetime import timedelta

from structlog.testing import capture_logs

from vaguemestre.service.health.figures import Figures, Spread
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.workers.pulse import feel
from vaguemestre.workers.runner import run
from vaguemestre.workers.table import Job

MOMENT = timedelta(milliseconds=1)


class Work:
    """Gives the results it was made with, one a call; sets ``stopping`` with the last one."""

    def __init__(self, stopping: asyncio.Event, *results: int | Exception) -> None:
        self.left = list(results)
        self.limits: list[int] = []
        self._stopping = stopping

    async def run_once(self, limit: int) -> int:
        self.limits.append(limit)
        result = self.left.pop(0)
        if not self.left:
            self._stopping.set()
        if isinstance(result, Exception):
            raise result
        return result


async def test_a_job_goes_on_at_once_while_it_finds_as_much_as_it_may_take() -> None:
    stopping = asyncio.Event()
    work = Work(stopping, 5, 5, 2)
    async with asyncio.timeout(5):
        await run(Job("expire", timedelta(days=1), work.run_once), 5, stopping, Figures())
    assert work.limits == [5, 5, 5]


async def test_a_job_looks_again_after_its_pause() -> None:
    stopping = asyncio.Event()
    work = Work(stopping, 0, 0, 0)
    async with asyncio.timeout(5):
        await run(Job("expire", MOMENT, work.run_once), 5, stopping, Figures())
    assert work.left == []


async def test_a_job_survives_its_failures_and_tells_them() -> None:
    stopping = asyncio.Event()
    work = Work(stopping, StoreBusyError("locked"), ValueError("a fault of ours"), 0)
    with capture_logs() as lines:
        async with asyncio.timeout(5):
            await run(Job("expire", MOMENT, work.run_once), 5, stopping, Figures())
    assert [line["event"] for line in lines] == ["job_deferred", "job_failed"]


async def test_a_pausing_job_stops_when_it_is_told() -> None:
    stopping = asyncio.Event()

    async def idle(limit: int) -> int:
        asyncio.get_running_loop().call_soon(stopping.set)
        return 0

    async with asyncio.timeout(5):
        await run(Job("expire", timedelta(days=1), idle), 5, stopping, Figures())


async def test_failures_are_counted_by_job() -> None:
    stopping, figures = asyncio.Event(), Figures()
    work = Work(stopping, ValueError("a fault"), StoreBusyError("locked"), 0)
    with capture_logs():
        async with asyncio.timeout(5):
            await run(Job("expire", MOMENT, work.run_once), 5, stopping, figures)
    assert figures.job_failures.read() == {("expire",): 1}


async def test_what_holds_the_event_loop_is_felt() -> None:
    stopping, lag = asyncio.Event(), Spread((0.03,))

    class Noticed(Spread):
        def took(self, seconds: float) -> None:
            lag.took(seconds)
            stopping.set()

    feeling = asyncio.create_task(feel(Noticed(()), stopping, every=0.01))
    await asyncio.sleep(0)
    time.sleep(0.1)  # noqa: ASYNC251 (what is felt)
    await feeling
    assert list(lag.read().counts.values()) == [0, 1]
