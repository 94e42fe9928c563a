"""``vaguemestre bal activate|suspend|resume|oppose|close|reopen``: the life of an account. domain.md §2."""

from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from vaguemestre.cli.operation import (
    AddressArgument,
    AsJson,
    Config,
    address_of,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import counted, masked, plain, print_json, say
from vaguemestre.mail.bal import Bal
from vaguemestre.policy.profiles import AskedBy, ProfileAct, leaves
from vaguemestre.services import Services

Reason: TypeAlias = Annotated[
    str, typer.Option("--reason", help="Why, for the journal; never anything of a message.")
]
ForHolder: TypeAlias = Annotated[
    bool, typer.Option("--for-holder", help="The holder has asked for it; else it is your own act.")
]


def activate(
    context: typer.Context,
    address: AddressArgument,
    reason: Reason = "",
    for_holder: ForHolder = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """A citizen's profile sends too, from now on."""
    _change(context, config, address, ProfileAct.ACTIVATE, reason, for_holder, as_json)


def suspend(
    context: typer.Context,
    address: AddressArgument,
    reason: Reason = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Nobody signs in any more; mail is still received."""
    _change(context, config, address, ProfileAct.SUSPEND, reason, False, as_json)


def resume(
    context: typer.Context,
    address: AddressArgument,
    reason: Reason = "",
    for_holder: ForHolder = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """A suspended account is active again."""
    _change(context, config, address, ProfileAct.RESUME, reason, for_holder, as_json)


def oppose(
    context: typer.Context,
    address: AddressArgument,
    reason: Reason = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """The citizen refuses the service: as close, and only his own will opens it again."""
    _change(context, config, address, ProfileAct.OPPOSE, reason, True, as_json)


def close(
    context: typer.Context,
    address: AddressArgument,
    reason: Reason = "",
    for_holder: ForHolder = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Receives nothing, nobody signs in, its conversations are closed."""
    _change(context, config, address, ProfileAct.CLOSE, reason, for_holder, as_json)


def reopen(
    context: typer.Context,
    address: AddressArgument,
    reason: Reason = "",
    for_holder: ForHolder = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """A closed account is active again; its conversations stay closed."""
    _change(context, config, address, ProfileAct.REOPEN, reason, for_holder, as_json)


COMMANDS = (activate, suspend, resume, oppose, close, reopen)


def _change(
    context: typer.Context,
    config: Config,
    address: str,
    act: ProfileAct,
    reason: str,
    for_holder: bool,
    as_json: bool,
) -> None:
    from vaguemestre.service.accounts.profiles import by_operator

    parsed = address_of(address)
    wish = by_operator(operator(), reason, AskedBy.HOLDER if for_holder else AskedBy.OPERATOR)

    async def work(services: Services) -> tuple[Bal, int]:
        bal = await services.profiles.change(parsed, act, wish)
        if not leaves(bal.state):
            return bal, 0
        columns = (SpinnerColumn(), TextColumn("conversations and messages"), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("closing", total=None)
            return bal, await services.profiles.finish(bal, lambda some: progress.advance(task, some))

    bal, closed = operate(settings_of(context, config), work)
    if as_json:
        print_json({"address": str(bal.address), "state": plain(bal.state), "conversations_closed": closed})
        return
    say(f"{masked(bal.address)} is now {bal.state}.")
    if closed:
        say(f"{counted(closed, 'conversation')} closed; the other side is being told.")
