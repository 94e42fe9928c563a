"""Which routes there are: those of people, and those of machines, who do not sign in.

A new screen is a file beside this one and a line here; what machines ask is a file in ``machines`` and a line
in ``MACHINES``, and so is what holders do, who find their servers there.
"""

from typing import Final

from fastapi import APIRouter

from vaguemestre.console.routes import (
    account,
    administrators,
    audit,
    conversations,
    devices,
    directory,
    enrolment,
    home,
    language,
    mailboxes,
    messages,
    previews,
    provider,
    queue,
    radar,
    reading,
    refusals,
    service_health,
    sign_in,
    statistics,
    trust,
    warrants,
)
from vaguemestre.console.routes.machines import health, metrics, set_up

PEOPLE: Final[tuple[APIRouter, ...]] = (
    language.router,
    home.router,
    sign_in.router,
    provider.router,
    enrolment.router,
    mailboxes.router,
    warrants.router,
    reading.router,
    previews.router,
    messages.router,
    conversations.router,
    queue.router,
    refusals.router,
    directory.router,
    trust.router,
    radar.router,
    service_health.router,
    statistics.router,
    audit.router,
    administrators.router,
    account.router,
)
NUMBERS: Final[tuple[APIRouter, ...]] = (health.router, metrics.router)
"""All that a listener serves that is for numbers alone."""

MACHINES: Final[tuple[APIRouter, ...]] = (*NUMBERS, set_up.router, devices.router)
