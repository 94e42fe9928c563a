"""``vaguemestre access``: who may read whose mailbox, or write in its name. domain.md §2."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.operation import (
    AsJson,
    Config,
    Number,
    ShowIns,
    address_of,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import Value, masked, moment, plain, print_json, print_table, say
from vaguemestre.mail.access import GrantId, GrantKind, Right
from vaguemestre.services import Services

if TYPE_CHECKING:
    from vaguemestre.service.access.grants import Access

commands = typer.Typer(
    name="access", help="Readers of others' mailboxes: grant, revoke, list.", no_args_is_help=True
)

Holder = Annotated[str, typer.Argument(metavar="MAILBOX", help="Whose it is.", show_default=False)]
Reader = Annotated[str, typer.Argument(metavar="READER", help="His own account.", show_default=False)]

_COLUMNS = ("number", "mailbox", "reader", "kind", "rights", "from", "until", "now", "granted by", "reason")


@commands.command("grant")
def grant(
    context: typer.Context,
    holder: Holder,
    reader: Reader,
    kind: Annotated[
        GrantKind, typer.Option(case_sensitive=False, help="On what ground.", show_default=False)
    ],
    rights: Annotated[
        str, typer.Option(metavar="WORDS", help="Of read, send, close, arrange, parted by commas.")
    ] = "read",
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day; else now.", show_default=False)
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--until", metavar="DAY", help="The last day; a minor's ends by itself at 18."),
    ] = None,
    reason: Annotated[str, typer.Option(help="The holder sees it.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Let somebody read a mailbox that is not his, or write in its name. Its holder is told."""
    from vaguemestre.service.access.grants import AccessRequest

    request = AccessRequest(
        address_of(holder), address_of(reader), kind, _rights(rights), day_of(first), day_of(last), reason
    )

    async def work(services: Services) -> "Access":
        return await services.accesses.grant(request, operator())

    made = operate(settings_of(context, config), work)
    if as_json:
        print_json(_json(made))
        return
    until = f" until {moment(made.grant.terms.end)} UTC" if made.grant.terms.end is not None else ""
    say(f"Grant {made.grant.id}: {masked(made.reader.address)} on {masked(made.bal.address)}{until}.")


@commands.command("revoke")
def revoke(
    context: typer.Context,
    number: Number,
    config: Config = None,
) -> None:
    """End an access: sessions of that reader end within a minute. The holder is told."""

    async def work(services: Services) -> "Access":
        return await services.accesses.revoke(GrantId(number), operator())

    ended = operate(settings_of(context, config), work)
    say(f"{masked(ended.reader.address)} has no access to {masked(ended.bal.address)} by grant {number} now.")


@commands.command("list")
def list_(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", show_default=False)],
    by_reader: Annotated[bool, typer.Option("--reader", help="Those it was given, not those on it.")] = False,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """List who may read a mailbox, ended ones included; or with --reader, what an account may read."""
    parsed = address_of(address)

    async def work(services: Services) -> "list[Access]":
        return await services.accesses.of(parsed, by_reader=by_reader)

    found = operate(settings_of(context, config), work)
    if as_json:
        print_json([_json(access) for access in found])
        return
    print_table("Access", _COLUMNS, (_row(access, show_ins) for access in found))


def day_of(text: str | None) -> date | None:
    """A day typed as YYYY-MM-DD; another form ends the command."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandFailed(f"A day is written YYYY-MM-DD, not {text}", ExitStatus.USAGE) from None


def _rights(text: str) -> frozenset[Right]:
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    try:
        return frozenset(map(Right, words))
    except ValueError:
        known = ", ".join(right.value for right in Right)
        raise CommandFailed(f"Rights are among: {known}", ExitStatus.USAGE) from None


def _row(access: "Access", show_ins: bool) -> tuple[str, ...]:
    from vaguemestre.service.access.grants import in_order

    grant, terms = access.grant, access.grant.terms
    state = "revoked" if grant.revoked_at is not None else "yes" if access.rights else "no"
    return (
        str(grant.id),
        masked(access.bal.address, show_ins),
        masked(access.reader.address, show_ins),
        terms.kind.value,
        ", ".join(in_order(terms.rights)),
        moment(terms.start),
        moment(terms.end) or "no end",
        state,
        grant.granted_by,
        grant.reason,
    )


def _json(access: "Access") -> dict[str, Value]:
    from vaguemestre.service.access.grants import in_order

    grant, terms = access.grant, access.grant.terms
    return {
        "grant": grant.id,
        "mailbox": plain(access.bal.address),
        "reader": plain(access.reader.address),
        "kind": terms.kind.value,
        "rights": in_order(terms.rights),
        "starts_at": plain(terms.start),
        "ends_at": plain(terms.end),
        "rights_now": in_order(access.rights),
        "granted_by": grant.granted_by,
        "granted_at": plain(grant.granted_at),
        "reason": grant.reason,
        "revoked_at": plain(grant.revoked_at),
    }
