"""What the routes of machines work with: one value, made where the door is."""

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request

from vaguemestre.service.health.readiness import Readiness
from vaguemestre.service.health.readings import Exposition, Readings
from vaguemestre.service.telling.set_up import SetUp


@dataclass(frozen=True, slots=True)
class Machines:
    """``token`` is what who asks for numbers has to show; ``is_open``: without one,
    whoever reaches the listener may."""

    readings: Readings
    readiness: Readiness
    exposition: Exposition
    token: str = field(default="", repr=False)
    is_open: bool = False
    set_up: SetUp | None = None

    def may_read(self, authorization: str) -> bool:
        """By what a request says of itself (RFC 6750 §2.1)."""
        scheme, _, shown = authorization.partition(" ")
        if not self.token:
            return self.is_open
        return scheme.lower() == "bearer" and compare_digest(shown.strip().encode(), self.token.encode())


async def machines_of(request: Request) -> Machines:
    """The one of this application."""
    machines = request.app.state.machines
    if not isinstance(machines, Machines):
        raise TypeError("the application serves no machines")
    return machines


MachinesHere = Annotated[Machines, Depends(machines_of)]
"""How a route asks for it."""
