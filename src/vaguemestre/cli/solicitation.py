"""``vaguemestre bal solicitation``: how much citizens may write to a professional. domain.md §2 (ours)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import (
    AddressArgument,
    AsJson,
    Config,
    address_of,
    operate,
    operator,
    settings_of,
    whole_number,
)
from vaguemestre.cli.output import Value, print_json, print_table
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.mail_commands import WishError, read_budget, read_hours_or_none, read_override
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.services import Services

if TYPE_CHECKING:
    from vaguemestre.service.conversations.solicitations import Wishes

Budget = Annotated[
    str | None,
    typer.Option(metavar="N|none", help="Messages a citizen may write before an answer.", show_default=False),
]
Conversation = Annotated[
    int | None,
    typer.Option(
        metavar="NUMBER",
        parser=whole_number,
        help="In this conversation alone; there also: usual.",
        show_default=False,
    ),
]
Hours = Annotated[
    str | None,
    typer.Option(metavar="HOURS|none", help="When he reads: 'lun-ven 9h-18h'. Else citizens are answered."),
]
Answer = Annotated[
    str | None, typer.Option(metavar="TEXT|none", help="What he adds to that automatic answer.")
]


def solicitation(
    context: typer.Context,
    address: AddressArgument,
    budget: Budget = None,
    conversation: Conversation = None,
    hours: Hours = None,
    answer: Answer = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show or set how much citizens may write to a professional before he answers, and when he reads."""
    parsed = address_of(address)
    if conversation is not None and budget is None:
        raise CommandFailed("Say which --budget that conversation shall have", ExitStatus.USAGE)
    if conversation is not None and (hours is not None or answer is not None):
        raise CommandFailed("Hours and their answer are for all conversations", ExitStatus.USAGE)
    try:
        reads = None if hours is None else read_hours_or_none(hours)
    except WishError as error:
        raise CommandFailed(f"--hours is {error}", ExitStatus.USAGE) from error
    try:
        usual = None if budget is None or conversation is not None else read_budget(budget)
        here = None if budget is None or conversation is None else read_override(budget)
    except WishError as error:
        raise CommandFailed(f"--budget {budget} is {error}, or none", ExitStatus.USAGE) from error

    async def work(services: Services) -> "Wishes":
        if conversation is not None:
            number = ConversationId(conversation)
            await services.solicitations.set_override(parsed, number, here, operator())
        elif budget is not None:
            await services.solicitations.set_budget(parsed, usual, operator())
        if hours is not None:
            await services.solicitations.set_hours(parsed, reads, operator())
        if answer is not None:
            added = None if answer == "none" else answer
            await services.solicitations.set_answer(parsed, added, operator())
        return await services.solicitations.show(parsed)

    wishes = operate(settings_of(context, config), work)
    if as_json:
        print_json(as_value(wishes))
        return
    print_table(str(parsed), ("", ""), as_rows(wishes, whole=True))


def as_value(wishes: "Wishes") -> Mapping[str, Value]:
    """For programs. A budget of 0 in a conversation: none there."""
    return {
        "budget": wishes.usual.budget,
        "hours": None if wishes.usual.hours is None else str(wishes.usual.hours),
        "answer": wishes.usual.answer,
        "conversations": [
            {"conversation": one.conversation, "budget": one.budget, "written": one.written}
            for one in wishes.overrides
        ],
    }


def as_rows(wishes: "Wishes", whole: bool = False) -> list[tuple[str, str]]:
    """For a table; ``whole``: what is not set is said too."""
    budget, hours, answer = wishes.usual
    usual = "" if budget is None else f"{budget} before an answer"
    rows = [
        ("budget of replies", usual or ("none" if whole else "")),
        ("hours of reading", str(hours or ("any" if whole else ""))),
        ("automatic answer", answer or ""),
    ]
    for one in wishes.overrides:
        said = "none" if one.budget == NO_BUDGET else f"{one.budget} before an answer"
        rows.append((f"conversation {one.conversation}", f"{said} ({one.written} written)"))
    return [row for row in rows if row[1]]
