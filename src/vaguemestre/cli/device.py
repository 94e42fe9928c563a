"""``vaguemestre device``: passwords made for single devices, taken back one by one. domain.md §5."""

from typing import Annotated

import typer

from vaguemestre.cli.operation import AsJson, Config, address_of, operate, operator, settings_of
from vaguemestre.cli.output import Value, moment, plain, print_json, print_table, say
from vaguemestre.mail.credential import Credential
from vaguemestre.services import Services

commands = typer.Typer(
    name="device", help="Passwords of single devices: list, add, remove.", no_args_is_help=True
)

Holder = Annotated[str, typer.Argument(metavar="ADDRESS", help="The account's.", show_default=False)]
Device = Annotated[str, typer.Argument(metavar="DEVICE", help='Such as "phone".', show_default=False)]

_COLUMNS = ("device", "made", "last used")


@commands.command("list")
def list_(context: typer.Context, address: Holder, as_json: AsJson = False, config: Config = None) -> None:
    """List the devices of an account, and when each signed in last."""
    parsed = address_of(address)

    async def work(services: Services) -> list[Credential]:
        return await services.devices.of(parsed)

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([_json(device) for device in found])
        return
    rows = ((one.device, moment(one.created_at), moment(one.last_used_at) or "never") for one in found)
    print_table("Devices", _COLUMNS, rows)


@commands.command("add")
def add(
    context: typer.Context, address: Holder, device: Device, as_json: AsJson = False, config: Config = None
) -> None:
    """Make a password for one device; it is shown this once."""
    parsed = address_of(address)

    async def work(services: Services) -> str:
        return await services.devices.add(parsed, device, f"operator:{operator()}")

    password = operate(settings_of(context, config), work)
    if as_json:
        print_json({"device": device, "password": password})
        return
    say(f"The password of {device} is {password}")
    say("It is shown this once. Hyphens and small letters do not matter.")


@commands.command("remove")
def remove(context: typer.Context, address: Holder, device: Device, config: Config = None) -> None:
    """Take the password of one device back: it is wrong from now on."""
    parsed = address_of(address)

    async def work(services: Services) -> None:
        await services.devices.remove(parsed, device, f"operator:{operator()}")

    operate(settings_of(context, config), work)
    say(f"{device} cannot sign in any more.")


def _json(device: Credential) -> dict[str, Value]:
    return {
        "device": device.device,
        "created_at": plain(device.created_at),
        "last_used_at": plain(device.last_used_at),
    }
