"""``vaguemestre bal solicitation``: how much citizens may write to a professional. domain.md §2 (ours)."""

from collections.abc import Mapping
from typing import Annotated

import typer

from vaguemestre.app import Services
from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import (
    AddressArgument,
    AsJson,
    Config,
    address_of,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import Value, print_json, print_table
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.mail_commands import WishError, read_budget, read_override
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.solicitations import Wishes

Budget = Annotated[
    str | None,
    typer.Option(metavar="N|none", help="Messages a citizen may write before an answer.", show_default=False),
]
Conversation = Annotated[
    int | None,
    typer.Option(metavar="NUMBER", help="In this conversation alone; there also: usual.", show_default=False),
]


def solicitation(
    context: typer.Context,
    address: AddressArgument,
    budget: Budget = None,
    conversation: Conversation = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show or set how much citizens may write to a professional before he answers."""
    parsed = address_of(address)
    if conversation is not None and budget is None:
        raise CommandFailed("Say which --budget that conversation shall have", ExitStatus.USAGE)
    try:
        usual = None if budget is None or conversation is not None else read_budget(budget)
        here = None if budget is None or conversation is None else read_override(budget)
    except WishError as error:
        raise CommandFailed(f"--budget {budget} is {error}, or none", ExitStatus.USAGE) from error

    async def work(services: Services) -> Wishes:
        if conversation is not None:
            number = ConversationId(conversation)
            await services.solicitations.set_override(parsed, number, here, operator())
        elif budget is not None:
            await services.solicitations.set_budget(parsed, usual, operator())
        return await services.solicitations.show(parsed)

    wishes = operate(settings_of(context, config), work)
    if as_json:
        print_json(as_value(wishes))
        return
    print_table(str(parsed), ("", ""), as_rows(wishes, whole=True))


def as_value(wishes: Wishes) -> Mapping[str, Value]:
    """For programs. A budget of 0 in a conversation: none there."""
    return {
        "budget": wishes.budget,
        "conversations": [
            {"conversation": one.conversation, "budget": one.budget, "written": one.written}
            for one in wishes.overrides
        ],
    }


def as_rows(wishes: Wishes, whole: bool = False) -> list[tuple[str, str]]:
    """For a table; ``whole``: what is not set is said too."""
    usual = "" if wishes.budget is None else f"{wishes.budget} before an answer"
    rows = [("budget of replies", usual or ("none" if whole else ""))]
    for one in wishes.overrides:
        said = "none" if one.budget == NO_BUDGET else f"{one.budget} before an answer"
        rows.append((f"conversation {one.conversation}", f"{said} ({one.written} written)"))
    return rows
