"""The composition root: services get doors and background jobs, and all of it is taken down in order.

Down goes in the reverse order of up: the doors stop accepting and say goodbye, the jobs finish their piece of
work, the store writes what it has accepted, the vault forgets its keys.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from vaguemestre.configured import (
    carrier_of,
    operator_tls_of,
    sending_terms_of,
)
from vaguemestre.doors import Doors
from vaguemestre.net.operators import OperatorTls
from vaguemestre.net.renewal import Renewal
from vaguemestre.service.outbound.sending import Sending
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.sign_in.hashing import RECOMMENDED, Hashing
from vaguemestre.services import Services, open_services
from vaguemestre.settings import Settings
from vaguemestre.settings.values import Endpoint
from vaguemestre.store.alone import alone_on
from vaguemestre.store.company import ALONE, Company
from vaguemestre.workers.pulse import feel
from vaguemestre.workers.runner import run
from vaguemestre.workers.table import Job, OperatorUpkeep, Paces, everywhere, table


@dataclass(frozen=True, slots=True)
class App:
    """A server that is up. ``listeners`` tells where it really listens, by the names of ``[listen]``."""

    services: Services
    listeners: dict[str, Endpoint]
    jobs: tuple[Job, ...]

    def port(self, listener: str) -> int:
        """The port of one of them. Raises KeyError when it is disabled."""
        return self.listeners[listener].port


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock, hashing: Hashing = RECOMMENDED, company: Company = ALONE
) -> AsyncIterator[App]:
    """The whole server, up inside the block and taken down in order after it.

    ``company``: the processes that serve with this one; none but the first has work to do by itself.
    Raises CertificateError, ListenError, and what ``open_services`` raises.
    """
    operators = operator_tls_of(settings, clock)
    if operators is not None:
        await operators.lists.load()
    doors = Doors(settings, clock, operators, company)
    async with AsyncExitStack() as opened:
        services = await opened.enter_async_context(open_services(settings, clock, hashing, company))
        services.make_all()
        is_alone = opened.enter_context(alone_on(settings.database.url))
        stopping = asyncio.Event()
        failure: BaseException | None = None
        async with asyncio.TaskGroup() as tasks:
            try:
                if services.trust is not None:
                    await services.trust.begin()
                upkeep = _upkeep(settings, clock, operators, services)
                if upkeep is not None and is_alone:
                    await upkeep.sending.take_over()
                listeners = await doors.open(services)
                paces = Paces(
                    timedelta(seconds=settings.workers.expire_every),
                    timedelta(seconds=settings.directory.every),
                    timedelta(seconds=settings.audit.delay),
                )
                own = everywhere(services, doors.renewal)
                jobs = own if company.number else table(services, doors.renewal, paces, upkeep)
                for job in jobs:
                    tasks.create_task(
                        run(job, settings.workers.batch, stopping, services.figures), name=job.name
                    )
                tasks.create_task(feel(services.figures.loop_lag, stopping), name="feel the event loop")
                yield App(services, listeners, jobs)
            except BaseException as error:
                failure = error  # raised again below: inside the group it would be wrapped in another
            finally:
                await doors.close()
                stopping.set()
        if failure is not None:
            raise failure


def _upkeep(
    settings: Settings, clock: Clock, operators: OperatorTls | None, services: Services
) -> OperatorUpkeep | None:
    if operators is None:
        return None
    every = timedelta(seconds=settings.relay.revocations_every)
    carrier = None if services.trust is None else carrier_of(settings, operators, services.trust.space)
    owner = f"{settings.hostname}/{os.getpid()}"
    sending = Sending(
        services.store, services.vault, clock, carrier, sending_terms_of(settings), owner, services.figures
    )
    return OperatorUpkeep(Renewal(operators.paths, operators.load), operators.lists, every, sending)
