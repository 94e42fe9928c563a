"""``vaguemestre migrate``: bring the database to this release. Never done by ``serve`` on its own."""

import typer

from vaguemestre.cli.journalled import journal
from vaguemestre.cli.operation import Config, settings_of
from vaguemestre.cli.output import say
from vaguemestre.store.migrations import HEAD
from vaguemestre.store.open import SchemaError, check_schema
from vaguemestre.vault.open import open_keystore


def migrate(context: typer.Context, config: Config = None) -> None:
    """Make the tables of the database, or bring them up to this release."""
    from vaguemestre.store.migrating import migrate as migrate_store  # half a second, of this command alone

    settings = settings_of(context, config)
    is_behind = _is_behind(settings.database.url)
    migrate_store(settings.database.url)
    open_keystore(settings.keys.url).close()
    if is_behind:
        journal(settings, "database_migrated", {"revision": HEAD})
    say("The databases are those of this release.")


def _is_behind(url: str) -> bool:
    """Whether there is anything to do: what changed nothing is not worth a line."""
    try:
        check_schema(url)
    except SchemaError:
        return True
    return False
