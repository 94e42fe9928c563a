"""Runs a background job for as long as the server lives.

A job that fails is told in the log and tried again after its pause: what could not be expired now can be
expired later, and no failure of a job may stop the mail.
"""

import asyncio

import structlog

from vaguemestre.service.store_port import StoreBusyError
from vaguemestre.workers.table import Job

_log = structlog.get_logger()


async def run(job: Job, limit: int, stopping: asyncio.Event) -> None:
    """Until ``stopping`` is set; a piece of work that has begun is finished first."""
    while not stopping.is_set():
        if await _done(job, limit) >= limit:
            await asyncio.sleep(0)  # there is more: let the sessions pass, then go on
            continue
        try:
            async with asyncio.timeout(job.every.total_seconds()):
                await stopping.wait()
        except TimeoutError:
            continue


async def _done(job: Job, limit: int) -> int:
    try:
        return await job.run_once(limit)
    except StoreBusyError:
        _log.warning("job_deferred", job=job.name, reason="store busy")
    except Exception:
        _log.exception("job_failed", job=job.name)
    return 0
