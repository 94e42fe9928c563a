"""``vaguemestre directory``: the public directory of mailboxes, imported, searched, shown. domain.md §7."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, operate, operator, settings_of
from vaguemestre.cli.output import Value, complain, plain, print_json, print_table, say
from vaguemestre.configured import errand_of
from vaguemestre.directory.errand import Errand, run
from vaguemestre.mail.listing import Listing, preferred
from vaguemestre.mail.sentence import DAY, Sentence, counted
from vaguemestre.service.audit.operator_acts import record_act
from vaguemestre.service.directory.address_book import Found, Freshness, wanted_of
from vaguemestre.service.ports.directory import Imported
from vaguemestre.services import Services

commands = typer.Typer(
    name="directory", help="The public directory of mailboxes: import, search, show.", no_args_is_help=True
)

_MOST: Final = 1_000
_NONE_YET: Final = Sentence(
    "Aucun annuaire n'est encore importé : vaguemestre directory import FICHIER",
    "No directory is imported yet: vaguemestre directory import FILE",
)
_PREFERRED: Final = Sentence("préférée", "preferred")
_FIELDS: Final = (
    ("address", Sentence("adresse", "address")),
    ("kind", Sentence("type", "kind")),
    ("title", Sentence("civilité", "title")),
    ("name", Sentence("nom", "name")),
    ("holder", Sentence("identifiant", "number")),
    ("occupation", Sentence("profession", "profession")),
    ("structure_name", Sentence("structure", "structure")),
    ("structure", Sentence("numéro de structure", "structure number")),
    ("sector", Sentence("secteur", "sector")),
    ("street", Sentence("voie", "street")),
    ("place", Sentence("lieu", "place")),
    ("department", Sentence("département", "department")),
    ("country", Sentence("pays", "country")),
    ("description", Sentence("description", "description")),
)


@commands.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="The extraction, plain or zipped, or a folder; else the one named in the settings.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Also when it is older, or much smaller, than what is in place.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Make the directory anew from an extraction; searches go on in the old one until it is there."""
    settings = settings_of(context, config)
    errand = errand_of(settings)
    if file is not None:
        errand = replace(errand, path=str(file))
    if not errand.has_source:
        raise CommandFailed("Name the file to import, or [directory] path in the settings", ExitStatus.USAGE)
    imported = _import(replace(errand, forced=force))

    async def follow(services: Services) -> int:
        detail = {"source": imported.state.source, "rows": str(imported.state.rows)}
        await record_act(services.store, datetime.now(UTC), operator(), "directory_imported", detail)
        return await services.directory_renewal.follow()

    changed = operate(settings, follow)
    if as_json:
        state = imported.state
        print_json(
            {
                "new": imported.is_new,
                "rows": state.rows,
                "addresses": state.addresses,
                "source": state.source,
                "published_at": plain(state.published_at),
                "skipped": imported.skipped,
                "missing_columns": imported.missing,
                "seconds": round(imported.seconds),
                "sectors_changed": changed,
            }
        )
        return
    _tell(imported)
    if changed:
        followed = Sentence(f"{changed} comptes changent de secteur.", f"{changed} accounts changed sector.")
        say(in_words(followed))


@commands.command("search")
def search(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORDS]...",
            help="Names, places, professions, numbers, an address or its beginning; in any order.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Words of the name alone.")] = "",
    profession: Annotated[str, typer.Option(help="Words of the profession or specialty alone.")] = "",
    place: Annotated[str, typer.Option(help="Words of the town, its postal code or department.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many at most.")] = 25,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Search the directory; case and accents do not matter, a word may be only its beginning."""
    wanted = wanted_of(" ".join(words or []), name, profession, place)
    if wanted.is_empty:
        raise CommandFailed("Say what to look for: --help lists the ways", ExitStatus.USAGE)

    async def work(services: Services) -> tuple[Found, Freshness | None]:
        return await services.address_book.search(wanted, limit), await services.address_book.freshness()

    found, freshness = operate(settings_of(context, config), work)
    if as_json:
        listings = [_json(listing) for listing in found.listings]
        print_json({"listings": listings, "more": found.has_more, "directory": _freshness_json(freshness)})
        return
    columns = [in_words(dict(_FIELDS)[field]) for field in ("name", "occupation", "place", "address")]
    rows = ((one.name, one.occupation, one.place, str(one.address)) for one in found.listings)
    number = len(found.listings)
    print_table(
        in_words(Sentence(f"{number} BAL", "1 mailbox" if number == 1 else f"{number} mailboxes")),
        columns,
        rows,
    )
    if found.has_more:
        more = Sentence("Il y en a d'autres : ajoutez un mot.", "There are more: add a word.")
        say(in_words(more))
    _tell_freshness(freshness)


@commands.command("show")
def show(
    context: typer.Context,
    asked: Annotated[
        str, typer.Argument(metavar="ADDRESS|NUMBER", help="An address, or an RPPS, FINESS or SIRET number.")
    ],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show all that is published of an address, a person or a structure, and which mailbox is preferred."""

    async def work(services: Services) -> tuple[list[Listing], Freshness | None]:
        return await services.address_book.show(asked), await services.address_book.freshness()

    listings, freshness = operate(settings_of(context, config), work)
    chosen = preferred(listings)
    if as_json:
        print_json(
            {
                "listings": [_json(listing) for listing in listings],
                "preferred": plain(chosen and chosen.address),
                "directory": _freshness_json(freshness),
            }
        )
        return
    for listing in listings:
        rows = [(in_words(label), str(getattr(listing, field))) for field, label in _FIELDS]
        if listing.rank is not None:
            rows.append((in_words(Sentence("rang", "rank")), str(listing.rank)))
        print_table("", ("", ""), [row for row in rows if row[1]])
    addresses = {listing.address.key for listing in listings}
    if len(addresses) > 1:
        open_ = Sentence("l'annuaire ne le dit pas", "the directory does not say")
        say(f"{in_words(_PREFERRED)} : {chosen.address if chosen is not None else in_words(open_)}")
    _tell_freshness(freshness)


def _import(errand: Errand) -> Imported:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        name = Path(errand.path).name or errand.url
        task = progress.add_task(name, total=None)
        return run(errand, lambda read, size: progress.update(task, completed=read, total=size))


def _tell(imported: Imported) -> None:
    state, day = imported.state, f"{imported.state.published_at:%Y-%m-%d}"
    if not imported.is_new:
        same = Sentence(
            f"Rien de nouveau : {state.source}, du {day}, est déjà l'annuaire en place.",
            f"Nothing new: {state.source}, of {day}, is the directory in place.",
        )
        say(in_words(same))
        return
    done = Sentence(
        f"{state.rows} lignes, {state.addresses} adresses : annuaire du {day}, en {imported.seconds:.0f} s.",
        f"{state.rows} rows, {state.addresses} addresses: directory of {day}, in {imported.seconds:.0f} s.",
    )
    say(in_words(done))
    if imported.skipped:
        skipped = Sentence(
            f"{imported.skipped} lignes ne nomment aucune BAL et sont ignorées.",
            f"{imported.skipped} lines name no mailbox and were left out.",
        )
        complain(in_words(skipped))
    if imported.missing:
        names = ", ".join(imported.missing)
        complain(in_words(Sentence(f"Colonnes absentes : {names}", f"Columns that are not there: {names}")))


def _tell_freshness(freshness: Freshness | None) -> None:
    if freshness is None:
        complain(in_words(_NONE_YET))
        return
    day, days = f"{freshness.state.published_at:%Y-%m-%d}", counted(freshness.age.days, *DAY)
    age = Sentence(f"Annuaire du {day}, {days.fr}.", f"Directory of {day}, {days.en} old.")
    (complain if freshness.is_stale else say)(in_words(age))
    if freshness.is_stale:
        old = Sentence(
            "Il est ancien : des adresses ont pu changer.", "It is old: addresses may have changed."
        )
        complain(in_words(old))


def _freshness_json(freshness: Freshness | None) -> Value:
    if freshness is None:
        return None
    return {
        "published_at": plain(freshness.state.published_at),
        "imported_at": plain(freshness.state.imported_at),
        "rows": freshness.state.rows,
        "age_days": freshness.age.days,
        "stale": freshness.is_stale,
    }


def _json(listing: Listing) -> dict[str, Value]:
    fields = [field for field, _ in _FIELDS]
    told = {field: plain(getattr(listing, field)) for field in fields}
    extra = ("family", "given", "organisation", "service", "profession", "specialty", "postal_code", "city")
    told |= {field: plain(getattr(listing, field)) for field in extra}
    return told | {"rank": listing.rank, "ours": listing.is_ours}
