"""Runs a background job for as long as the server lives.

A job that fails is told in the log and tried again after its pause: what could not be expired now can be
expired later, and no failure of a job may stop the mail.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

import structlog

from vaguemestre.service.health.figures import Figures
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.workers.table import Job

_log = structlog.get_logger()


async def run(job: Job, limit: int, stopping: asyncio.Event, figures: Figures) -> None:
    """Until ``stopping`` is set; a piece of work that has begun is finished first, unless it may be cut."""
    while not stopping.is_set():
        work = _done(job, limit, figures)
        done = await (_unless_stopped(work, stopping) if job.may_be_cut else work)
        if done >= limit:
            await asyncio.sleep(0)  # there is more: let the sessions pass, then go on
            continue
        try:
            async with asyncio.timeout(job.every.total_seconds()):
                await stopping.wait()
        except TimeoutError:
            continue


async def _unless_stopped(doing: Coroutine[None, None, int], stopping: asyncio.Event) -> int:
    work = asyncio.create_task(doing)
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        if not work.done():
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
    return 0 if work.cancelled() else work.result()


async def _done(job: Job, limit: int, figures: Figures) -> int:
    try:
        return await job.run_once(limit)
    except StoreBusyError:
        _log.warning("job_deferred", job=job.name, reason="store busy")
    except Exception:
        figures.job_failures.add(job.name)
        _log.exception("job_failed", job=job.name)
    return 0
