"""The doors of a running server: which listener leads to which, and whether it begins with TLS."""

import asyncio
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from vaguemestre.configured import (
    console_address_of,
    console_provider_of,
    metrics_token_of,
    public_access_of,
    tls_of,
)
from vaguemestre.imapd.door import ImapDoor
from vaguemestre.imapd.limits import ImapLimits
from vaguemestre.ldapd.door import LdapDoor
from vaguemestre.ldapd.pace import Pace
from vaguemestre.ldapd.session import Terms as LdapTerms
from vaguemestre.ldapd.shared import Shared as LdapShared
from vaguemestre.net.http import post_form
from vaguemestre.net.listening import ListenError
from vaguemestre.net.operators import OperatorTls
from vaguemestre.net.renewal import Renewal
from vaguemestre.net.signing import signed
from vaguemestre.service.accounts.finding import MailboxFinding
from vaguemestre.service.administration.by_provider import ByProvider
from vaguemestre.service.conversations.leafing import ConversationLeafing
from vaguemestre.service.health.readiness import Readiness
from vaguemestre.service.health.readings import Gauges, Readings
from vaguemestre.service.health.watching import HealthWatch
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.telling.set_up import SetUp
from vaguemestre.services import Services
from vaguemestre.settings import Settings
from vaguemestre.settings.values import Endpoint
from vaguemestre.smtpd.relay_door import RelayDoor
from vaguemestre.smtpd.submission_door import SubmissionDoor
from vaguemestre.smtpd.terms import SmtpLimits
from vaguemestre.store.company import ALONE, Company

if TYPE_CHECKING:
    from vaguemestre.console.machines import Machines


class Door(Protocol):
    """What clients come in by."""

    async def listen(self, host: str, port: int, implicit_tls: bool) -> asyncio.Server:
        """Open a listener; port 0 lets the system choose. Raises OSError."""
        ...

    @property
    def connected(self) -> int:
        """How many clients there are."""
        ...

    async def close(self) -> None:
        """Let nobody in, say goodbye to everybody, return when they are gone."""
        ...


class Doors:
    """The doors of the listeners; ``operators`` where others are met.

    ``company``: the processes that hold those of mail open too; the system deals clients out.
    """

    def __init__(
        self, settings: Settings, clock: Clock, operators: OperatorTls | None, company: Company = ALONE
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._operators = operators
        self._company = company
        self._files = files = tls_of(settings)
        self._tls = files.context()
        self.renewal = Renewal(files.paths, partial(files.load_into, self._tls))
        self._open: dict[str, Door] = {}
        self._listeners: dict[str, Endpoint] = {}
        self.listening = False

    async def open(self, services: Services) -> dict[str, Endpoint]:
        """Open every listener that is not disabled; where each one is."""
        smtp, imap, ldap = self._submission(services), self._imap(services), self._ldap(services)
        self._open |= {"submission": smtp, "imap": imap, "ldap": ldap}
        # Name in [listen] → the door it leads to, and whether TLS comes with the first octet.
        ways: dict[str, tuple[Door, bool]] = {
            "submission": (smtp, False),
            "submissions": (smtp, True),
            "imap": (imap, False),
            "imaps": (imap, True),
            "ldap": (ldap, False),
            "ldaps": (ldap, True),
        }
        if self._operators is not None and services.trust is not None:
            relay = self._relay(services, self._operators, services.trust.space)
            self._open["relay"] = relay
            ways["relay"] = (relay, False)
        for name, door, is_tls in self._web(services):
            self._open[name] = door
            ways[name] = (door, is_tls)
        for name, endpoint in self._settings.listen.endpoints().items():
            if self._company.is_shared and not self._company.number:
                check_free(name, endpoint)
            self._listeners[name] = await listen(name, endpoint, *ways[name])
        services.sampling.watch(self.connections)
        self.listening = True
        return self._listeners

    def connections(self) -> dict[str, int]:
        """How many clients there are at each door."""
        return {name: door.connected for name, door in self._open.items()}

    def _submission(self, services: Services) -> SubmissionDoor:
        limits, settings = self._settings.limits, self._settings
        return SubmissionDoor(
            services.authentication,
            services.submissions,
            self._tls,
            settings.security.require_tls,
            settings.hostname,
            SmtpLimits(
                connections=limits.connections, connections_per_address=limits.connections_per_address
            ),
            is_shared=self._company.is_shared,
        )

    def _imap(self, services: Services) -> ImapDoor:
        limits = self._settings.limits
        return ImapDoor(
            services.authentication,
            services.mailboxes,
            self._clock,
            self._tls,
            self._settings.security.require_tls,
            ImapLimits(
                connections=limits.connections,
                connections_per_address=limits.connections_per_address,
                connections_per_account=limits.connections_per_account,
            ),
            is_shared=self._company.is_shared,
        )

    def _ldap(self, services: Services) -> LdapDoor:
        limits = self._settings.limits
        return LdapDoor(
            LdapShared(
                services.authentication,
                services.address_book,
                _ldap_terms(self._settings),
                self._tls,
                self._settings.security.require_tls,
                limits.connections,
                limits.connections_per_address,
            )
        )

    def _relay(self, services: Services, operators: OperatorTls, trust: Trust) -> RelayDoor:
        relay = self._settings.relay
        return RelayDoor(
            operators,
            trust,
            services.relaying,
            operators.server,
            self._settings.hostname,
            SmtpLimits(connections=relay.connections, connections_per_address=relay.connections_per_address),
            relay.connections_per_operator,
        )

    def _web(self, services: Services) -> Iterator[tuple[str, Door, bool]]:
        """Name in [listen], the door, and whether it begins with TLS: people's, and that of numbers."""
        listen = self._settings.listen
        if listen.http is None and listen.metrics is None:
            return
        # Half a second to load: nobody pays it who has neither.
        from vaguemestre.console.application import application, numbers
        from vaguemestre.console.desk import Desk
        from vaguemestre.console.door import ConsoleDoor
        from vaguemestre.console.pages import Pages
        from vaguemestre.pictures.apart import ApartPictures
        from vaguemestre.service.administration.by_passkey import ByPasskey
        from vaguemestre.service.administration.ceremonies import Ceremonies
        from vaguemestre.service.administration.passkeys import PasskeyKeeping

        settings, console = self._settings, self._settings.console
        machines = self._machines(services)
        if listen.http is not None:
            administration = services.administration
            ceremonies = Ceremonies(settings.hostname, self._console_address)
            spoken = (administration.signing_in, ceremonies, administration.challenging)
            desk = Desk(
                settings.hostname,
                self._clock,
                Pages(settings.hostname, services.policy.zone),
                administration.accounts,
                administration.sessions,
                administration.by_password,
                ByPasskey(services.store, *spoken),
                PasskeyKeeping(services.store, self._clock, administration.by_password.code_of, *spoken),
                self._by_provider(services),
                MailboxFinding(services.store, services.policy),
                *services.break_glass,
                ApartPictures(),
                services.trace_search,
                services.oversight,
                ConversationLeafing(services.store),
                services.queue,
                services.address_book,
                services.devices,
                services.trust,
                tuple(filter(None, (settings.tls.certificate, settings.relay.certificate))),
                services.audit.reviewing,
                HealthWatch(services.store, self._clock, services.sampling, machines.readings),
                services.statistics.monthly,
            )
            whole = application(desk, machines)
            yield "http", ConsoleDoor(whole, self._tls, console.proxies, console.connections), console.tls
        if listen.metrics is not None:
            alone = numbers(replace(machines, is_open=True))
            yield "metrics", ConsoleDoor(alone, None, (), console.connections), False

    def _by_provider(self, services: Services) -> ByProvider | None:
        found, administration = console_provider_of(self._settings, self._clock), services.administration
        if found is None:
            return None
        begun = (services.store, administration.signing_in, administration.challenging)
        return ByProvider(*begun, *found, post_form, self._console_address)

    def _console_address(self) -> str:
        """Known when the listener is open: the system may have chosen its port."""
        return console_address_of(self._settings, self._listeners["http"].port)

    def _machines(self, services: Services) -> "Machines":
        from vaguemestre.console.machines import Machines
        from vaguemestre.exposition.prometheus import PrometheusText

        trust = services.trust.space if services.trust is not None else None
        gauges = Gauges(services.store, services.directory, trust, self._clock, self.connections)
        readiness = Readiness(services.store, services.vault, trust, lambda: self.listening)
        return Machines(
            Readings(services.figures, gauges),
            readiness,
            PrometheusText(),
            metrics_token_of(self._settings),
            set_up=SetUp(public_access_of(self._settings), partial(signed, self._files)),
        )

    async def close(self) -> None:
        """All at once: each waits for its own clients."""
        self.listening = False
        await asyncio.gather(*(door.close() for door in self._open.values()))


def check_free(name: str, endpoint: Endpoint) -> None:
    """That nobody listens there yet. Raises ListenError.

    A listener that is opened for several processes would be shared with those of another server of this
    account just as well, and a client would reach now one house, now the other.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise _unheard(name, endpoint, error) from error


async def listen(name: str, endpoint: Endpoint, door: Door, implicit_tls: bool) -> Endpoint:
    """Open one; where it really listens. Raises ListenError."""
    try:
        server = await door.listen(endpoint.host, endpoint.port, implicit_tls)
    except OSError as error:
        raise _unheard(name, endpoint, error) from error
    return Endpoint(endpoint.host, server.sockets[0].getsockname()[1])


def _unheard(name: str, endpoint: Endpoint, error: OSError) -> ListenError:
    # The loop's own sentence repeats the address; a failed look-up of a name has a negative number.
    number = error.errno or 0
    reason = os.strerror(number).lower() if number > 0 else error.strerror
    return ListenError(f"{name} cannot listen on {endpoint}: {reason}")


def _ldap_terms(settings: Settings) -> LdapTerms:
    directory = settings.directory
    return LdapTerms(directory.base, directory.results, Pace(directory.searches, monotonic))
