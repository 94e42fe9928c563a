"""``vaguemestre bal change``: what is known of a holder, and where he is told that something arrived."""

from typing import Annotated

import typer

from vaguemestre.cli.access import day_of
from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import (
    AddressArgument,
    Config,
    address_of,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import masked, say
from vaguemestre.mail.contact import Contact, ContactKind
from vaguemestre.services import Services

NotifyAt = Annotated[
    str | None,
    typer.Option(metavar="MAIL", help="Tell the holder there that something arrived.", show_default=False),
]
NotifyAs = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Tell the webhook, which knows him so.", show_default=False),
]
BirthDate = Annotated[
    str | None,
    typer.Option(metavar="DAY", help="A minor's: says until when representatives read.", show_default=False),
]


def change(
    context: typer.Context,
    address: AddressArgument,
    birth_date: BirthDate = None,
    sector: Annotated[
        str | None, typer.Option(help="The sector in the directory; empty takes it away.", show_default=False)
    ] = None,
    unlisted: Annotated[
        bool | None,
        typer.Option("--unlisted/--listed", help="Whether the directory shows it.", show_default=False),
    ] = None,
    notify_at: NotifyAt = None,
    notify_as: NotifyAs = None,
    notify: Annotated[
        bool | None, typer.Option("--notify/--no-notify", help="Go on telling him, or stop.")
    ] = None,
    forget_contact: Annotated[
        bool, typer.Option("--forget-contact", help="Forget where he was told.")
    ] = False,
    config: Config = None,
) -> None:
    """Change what is known of a holder, and where he is told that something arrived."""
    parsed, born = address_of(address), day_of(birth_date)
    contact = _contact(notify_at, notify_as)
    ways = sum((contact is not None, notify is not None, forget_contact))
    is_described = sector is not None or unlisted is not None
    if not ways and born is None and not is_described:
        raise CommandFailed("Say what to change: --help lists it", ExitStatus.USAGE)
    if ways > 1:
        sentence = "Give one of --notify-at, --notify-as, --notify, --no-notify, --forget-contact"
        raise CommandFailed(sentence, ExitStatus.USAGE)

    async def work(services: Services) -> None:
        if born is not None:
            await services.birth_dates.set(parsed, born, operator())
        if is_described:
            await services.accounts.describe(parsed, operator(), sector=sector, is_unlisted=unlisted)
        if contact is not None:
            await services.contacts.give(parsed, contact, operator())
        if notify is not None:
            await services.contacts.switch(parsed, operator(), on=notify)
        if forget_contact:
            await services.contacts.drop(parsed, operator())

    operate(settings_of(context, config), work)
    say(f"{masked(parsed)} is changed.")
    if contact is not None:
        say("Whether the holder can be told there: vaguemestre notification test ADDRESS")


def _contact(at: str | None, name: str | None) -> Contact | None:
    if at is not None and name is not None:
        raise CommandFailed("A holder is told at one place: --notify-at or --notify-as", ExitStatus.USAGE)
    if name is not None:
        return Contact(ContactKind.WEBHOOK, name)
    return None if at is None else Contact(ContactKind.MAIL, at)
