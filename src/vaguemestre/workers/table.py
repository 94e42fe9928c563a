"""The background jobs: a row each. A job does a bounded piece of work and says how much it was."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

from vaguemestre.service.expiry import Expiry


class Job(NamedTuple):
    """One row. ``run_once(limit)`` does at most ``limit`` pieces of work and returns how many it did.

    ``every`` is the pause between two looks; a job that found ``limit`` pieces looks again at once.
    """

    name: str
    every: timedelta
    run_once: Callable[[int], Awaitable[int]]


def table(expiry: Expiry, expire_every: timedelta) -> tuple[Job, ...]:
    """Every job of this server."""
    return (Job("expire", expire_every, expiry.run_once),)
