"""``vaguemestre backup`` and ``restore``: a sealed copy, made while mail goes on, and taken back."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from vaguemestre.backup import making, restoring
from vaguemestre.backup.sealing import Opens, Passphrase, Seals
from vaguemestre.backup.snapshots import Progress as Told
from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import (
    AsJson,
    Config,
    config_file,
    is_interactive,
    operate,
    operator,
    settings_of,
)
from vaguemestre.cli.output import Value, print_json, say
from vaguemestre.configured import masters_of, objects_of
from vaguemestre.mail.sentence import Sentence, counted
from vaguemestre.service.audit.operator_acts import record_act
from vaguemestre.services import Services, SystemClock
from vaguemestre.settings import Settings, read_settings
from vaguemestre.vault.archive_keys import load_private, load_public
from vaguemestre.vault.bodies_s3 import S3Place

Stdin: TypeAlias = Annotated[
    bool, typer.Option("--passphrase-stdin", help="Read the passphrase from standard input.")
]


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.", show_default=False)],
    to: Annotated[
        Path | None,
        typer.Option(metavar="KEY.pub", help="Seal to this key (archive key makes one).", show_default=False),
    ] = None,
    passphrase_stdin: Stdin = False,
    keys_to: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Copy the key store there, elsewhere: in the place of its last copy.",
            show_default=False,
        ),
    ] = None,
    with_bucket: Annotated[
        bool,
        typer.Option("--with-bucket", help="Copy what is in the S3 bucket too, rather than replicate it."),
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Copy the messages into one sealed file, while the server runs. Keys are never in it: --keys-to."""
    settings, settings_file = settings_of(context, config), config_file(context, config)
    bucket = _bucket(settings) if with_bucket else None
    if keys_to is not None and keys_to.resolve().parent == file.resolve().parent:
        raise CommandFailed("Keys and messages never go to one place: name another folder", ExitStatus.USAGE)
    seal: Passphrase | Seals
    seal = load_public(to) if to is not None else _passphrase(passphrase_stdin, confirm=True)

    async def work(services: Services) -> making.Manifest:
        now = datetime.now(UTC)
        with _told() as told:
            done = await asyncio.to_thread(
                making.back_up, settings, settings_file, seal, file, now, told, bucket
            )
            if keys_to is not None:
                await asyncio.to_thread(making.back_up_keys, settings, seal, keys_to, told)
        detail = {"messages": str(done.rows["message"]), "keys": "yes" if keys_to is not None else "no"}
        await record_act(services.store, now, operator(), "backed_up", detail)
        return done

    done = operate(settings, work)
    if as_json:
        print_json({"file": str(file), "octets": file.stat().st_size, **_manifest_json(done)})
        return
    _tell_made(file, done)


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.", show_default=False)],
    key: Annotated[
        Path | None,
        typer.Option(metavar="KEY", help="The private key it was sealed to.", show_default=False),
    ] = None,
    passphrase_stdin: Stdin = False,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The copy of the key store, restored beside.", show_default=False),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(metavar="URL", help="An empty PostgreSQL database to load into.", show_default=False),
    ] = None,
    keys_into: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Another, for the keys, where they were in PostgreSQL.", show_default=False
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Try it: counts, every message, the journal's chain.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Take a backup back into an empty folder; with --verify, open all of it. Status 1 if anything lacks."""
    if keys_into is not None and keys is None:
        raise CommandFailed("--keys-into loads what --keys names", ExitStatus.USAGE)
    places = _Places(folder.resolve(), keys is not None, into, keys_into)
    by: Passphrase | Opens
    if key is not None:
        by = load_private(key, _passphrase(passphrase_stdin).octets if passphrase_stdin else None)
    else:
        by = _passphrase(passphrase_stdin)
    tried: restoring.Tried | None = None
    with _told() as told:
        manifest = _taken_back(file, by, keys, places, told)
        if verify:
            settings = _settings(context, config, folder)
            tried = asyncio.run(_try_out(settings, manifest, places, told))
    if as_json:
        print_json({"folder": str(folder), **_manifest_json(manifest), "tried": _tried_json(tried)})
    else:
        _tell(folder, manifest, tried)
    if tried is not None and not tried.is_sound:
        raise typer.Exit(ExitStatus.REFUSED)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where what was restored is."""

    folder: Path
    with_keys: bool
    into: str | None
    keys_into: str | None

    def messages(self, manifest: making.Manifest) -> str:
        """The URL of their database."""
        if self.into is not None:
            return self.into
        if manifest.in_tables:
            raise CommandFailed("These are tables of PostgreSQL: --verify needs --into", ExitStatus.USAGE)
        return f"sqlite:///{self.folder / making.DATABASE}"

    def key_store(self, settings: Settings) -> str:
        """Its URL: the copy, or without one that of the settings."""
        if self.keys_into is not None:
            return self.keys_into
        if not self.with_keys:
            return settings.keys.url
        if not (self.folder / making.KEYS).is_file():
            raise CommandFailed("These keys are tables of PostgreSQL: --keys-into", ExitStatus.USAGE)
        return f"sqlite:///{self.folder / making.KEYS}"


def _taken_back(
    file: Path, by: Passphrase | Opens, keys: Path | None, places: _Places, told: Told
) -> making.Manifest:
    restoring.check_places(places.into, places.keys_into)
    manifest = restoring.restore(file, by, places.folder, told)
    if keys is not None:
        restoring.restore_keys(keys, by, places.folder, told)
    if places.into is not None:
        restoring.load_messages(places.folder, manifest, places.into, told)
    if places.keys_into is not None:
        restoring.load_keys(places.folder, places.keys_into, told)
    return manifest


async def _try_out(
    settings: Settings, manifest: making.Manifest, places: _Places, told: Told
) -> restoring.Tried:
    messages, keys = places.messages(manifest), places.key_store(settings)
    masters, clock, bucket = masters_of(settings), SystemClock(), _bucket(settings)
    return await restoring.try_out(places.folder, manifest, masters, messages, keys, clock, told, bucket)


def _settings(context: typer.Context, config: Path | None, folder: Path) -> Settings:
    """Those named; without any, those that were in the backup."""
    try:
        return settings_of(context, config)
    except CommandFailed:
        return read_settings(folder / making.SETTINGS)


def _bucket(settings: Settings) -> S3Place | None:
    place = objects_of(settings)
    return place if isinstance(place, S3Place) else None


def _passphrase(from_stdin: bool, *, confirm: bool = False) -> Passphrase:
    if from_stdin:
        said = sys.stdin.readline().rstrip("\r\n")
    elif is_interactive():
        said = str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True))
    else:
        raise CommandFailed("Name a key, or give a passphrase with --passphrase-stdin", ExitStatus.USAGE)
    if not said:
        raise CommandFailed("The passphrase is empty", ExitStatus.USAGE)
    return Passphrase(said.encode())


@contextmanager
def _told() -> Iterator[Told]:
    """A bar for each thing that is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done)

        yield told


def _tell_made(file: Path, done: making.Manifest) -> None:
    messages, objects = done.rows["message"], done.objects
    made = Sentence(
        f"{file} : {messages} messages, {objects} objets.", f"{file}: {messages} messages, {objects} objects."
    )
    say(in_words(made))
    if done.in_bucket:
        left = Sentence(
            "Les objets du seau S3 n'y sont pas : répliquez le seau, ou --with-bucket.",
            "The objects of the S3 bucket are not in it: replicate the bucket, or --with-bucket.",
        )
        say(in_words(left))


def _tell(folder: Path, manifest: making.Manifest, tried: restoring.Tried | None) -> None:
    made = manifest.made_at
    say(in_words(Sentence(f"{folder} : la sauvegarde du {made}.", f"{folder}: the backup of {made}.")))
    if tried is None:
        return
    for name in tried.rows_differ:
        say(in_words(Sentence(f"Ne correspond pas : {name}", f"Does not match: {name}")))
    for body in tried.broken:
        say(in_words(Sentence(f"Ne s'ouvre pas : {body}", f"Does not open: {body}")))
    if not tried.journal.is_sound:
        found = counted(tried.journal.found, Sentence("constat", "finding"), Sentence("constats", "findings"))
        say(in_words(Sentence(f"Journal : {found.fr}", f"Journal: {found.en}")))
    messages = Sentence(
        f"Messages : {tried.opened} s'ouvrent, {tried.forgotten} n'ont plus de clé, {len(tried.broken)} "
        f"sont perdus. {tried.journal.lines} lignes de journal vérifiées.",
        f"Messages: {tried.opened} open, {tried.forgotten} have no key any more, {len(tried.broken)} are "
        f"lost. {tried.journal.lines} lines of the journal verified.",
    )
    say(in_words(messages))


def _manifest_json(manifest: making.Manifest) -> dict[str, Value]:
    return {**asdict(manifest)}


def _tried_json(tried: restoring.Tried | None) -> Value:
    if tried is None:
        return None
    return {
        "sound": tried.is_sound,
        "rows_differ": list(tried.rows_differ),
        "opened": tried.opened,
        "forgotten": tried.forgotten,
        "broken": list(tried.broken),
        "journal_lines": tried.journal.lines,
        "journal_found": tried.journal.found,
    }
