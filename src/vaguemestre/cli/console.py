"""``vaguemestre console``: who may sign in to the web console, and in which role."""

from typing import Annotated

import typer

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import AsJson, Config, operate, operator, settings_of
from vaguemestre.cli.output import moment, plain, print_json, print_table, say
from vaguemestre.configured import console_address_of
from vaguemestre.policy.administration import Role
from vaguemestre.service.ports.administrator import Administrator, Link
from vaguemestre.services import Services
from vaguemestre.settings import Settings

commands = typer.Typer(
    name="console", help="Who administers by the web console: add, list, change.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What he signs in as.", show_default=False)]
InRole = Annotated[Role, typer.Option("--role", help="What he may do.", show_default=False)]


@commands.command("add")
def add(context: typer.Context, name: Name, role: InRole, config: Config = None) -> None:
    """Make an account, and print the link by which it is taken up: once, within a day."""
    settings = settings_of(context, config)

    async def work(services: Services) -> str:
        return await services.administration.accounts.add(name, role, operator())

    _print_link(settings, operate(settings, work))


@commands.command("list")
def list_(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """List the accounts."""

    async def work(services: Services) -> list[Administrator]:
        return await services.administration.accounts.all()

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "role": plain(one.role),
                    "state": _state(one),
                    "passkeys": one.passkeys,
                    "linked": None if one.link is None else one.link.subject,
                    "signed_in_at": None if one.signed_in_at is None else plain(one.signed_in_at),
                }
                for one in found
            ]
        )
        return
    rows = [
        (
            one.name,
            one.role.value,
            _state(one),
            moment(one.signed_in_at),
            str(one.passkeys),
            "" if one.link is None else one.link.subject,
        )
        for one in found
    ]
    heads = ("name", "role", "state", "last sign-in", "passkeys", "linked to")
    print_table(f"Administrators: {len(rows)}", heads, rows)


@commands.command("role")
def role(context: typer.Context, name: Name, role: InRole, config: Config = None) -> None:
    """Give an account another role, from its next click on."""

    async def work(services: Services) -> None:
        await services.administration.accounts.set_role(name, role, operator())

    operate(settings_of(context, config), work)
    say(f"{name} is {role.value} now.")


@commands.command("disable")
def disable(context: typer.Context, name: Name, config: Config = None) -> None:
    """End the sessions of an account, and let nobody sign in to it."""
    _set_enabled(context, name, False, config)
    say(f"{name} cannot sign in any more.")


@commands.command("enable")
def enable(context: typer.Context, name: Name, config: Config = None) -> None:
    """Let an account that was disabled sign in again."""
    _set_enabled(context, name, True, config)
    say(f"{name} can sign in again.")


@commands.command("reset")
def reset(context: typer.Context, name: Name, config: Config = None) -> None:
    """Take password, telephone and passkeys away, end the sessions, print a new link."""
    settings = settings_of(context, config)

    async def work(services: Services) -> str:
        return await services.administration.accounts.reset(name, operator())

    _print_link(settings, operate(settings, work))


@commands.command("link")
def link(
    context: typer.Context,
    name: Name,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="What the provider calls him.")],
    config: Config = None,
) -> None:
    """Let an account sign in by the OpenID provider of [console_openid], which calls it SUBJECT."""
    settings = settings_of(context, config)
    issuer = settings.console_openid.issuer
    if not issuer:
        raise CommandFailed(
            "There is no provider yet: set issuer in [console_openid].", ExitStatus.CONFIGURATION
        )

    async def work(services: Services) -> None:
        await services.administration.accounts.link(name, Link(issuer, subject), operator())

    operate(settings, work)
    say(f"{name} can sign in as {subject} of {issuer}.")


@commands.command("unlink")
def unlink(context: typer.Context, name: Name, config: Config = None) -> None:
    """Let an account sign in by the provider no more, and end its sessions."""

    async def work(services: Services) -> bool:
        return await services.administration.accounts.unlink(name, operator())

    was_linked = operate(settings_of(context, config), work)
    say(f"{name} cannot sign in by the provider any more." if was_linked else f"{name} was not linked.")


def _set_enabled(context: typer.Context, name: str, is_enabled: bool, config: Config) -> None:
    async def work(services: Services) -> None:
        await services.administration.accounts.set_enabled(name, is_enabled, operator())

    operate(settings_of(context, config), work)


def _state(one: Administrator) -> str:
    if not one.is_enabled:
        return "disabled"
    return "active" if one.is_enrolled else "link not yet opened"


def _print_link(settings: Settings, token: str) -> None:
    """On standard output alone, so that it can be piped to whoever it is for."""
    if settings.listen.http is None:
        say("There is no console yet: set http in [listen], such as 127.0.0.1:1443.")
    address = console_address_of(
        settings, 1443 if settings.listen.http is None else settings.listen.http.port
    )
    say(f"{address}/enrol/{token}")
