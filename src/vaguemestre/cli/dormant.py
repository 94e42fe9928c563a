"""``vaguemestre bal dormant``: accounts in which nobody signs in, and what awaits them. domain.md §3."""

from typing import TYPE_CHECKING

import typer

from vaguemestre.cli.operation import AsJson, Config, ShowIns, operate, settings_of
from vaguemestre.cli.output import counted, masked, print_json, print_table
from vaguemestre.mail.bal import Bal
from vaguemestre.services import Services

if TYPE_CHECKING:
    from vaguemestre.service.ports.presence import Presence


def dormant(
    context: typer.Context, as_json: AsJson = False, show_ins: ShowIns = False, config: Config = None
) -> None:
    """List the accounts in which nobody has signed in for long: since when, warned on, ending on."""

    async def work(services: Services) -> "list[tuple[Bal, Presence, str]]":
        delays = services.dormancy.delays
        found = await services.dormancy.quiet()
        return [(bal, seen, str(delays.ends(seen) or "")) for bal, seen in found]

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json(
            [
                {
                    "address": str(bal.address),
                    "state": bal.state.value,
                    "seen_on": str(seen.seen_on),
                    "warned_on": str(seen.warned_on) if seen.warned_on is not None else None,
                    "ends_on": ends or None,
                }
                for bal, seen, ends in found
            ]
        )
        return
    rows = [
        (masked(bal.address, show_ins), bal.state, str(seen.seen_on), str(seen.warned_on or ""), ends)
        for bal, seen, ends in found
    ]
    columns = ("address", "state", "last sign-in", "warned on", "ends on")
    print_table(counted(len(rows), "account"), columns, rows)
