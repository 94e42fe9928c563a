"""``vaguemestre migrate``: bring the database to this release. Never done by ``serve`` on its own."""

import typer

from vaguemestre.cli.operation import Config, settings_of
from vaguemestre.cli.output import say
from vaguemestre.vault.open import open_keystore


def migrate(context: typer.Context, config: Config = None) -> None:
    """Make the tables of the database, or bring them up to this release."""
    from vaguemestre.store.migrating import migrate as migrate_store  # half a second, of this command alone

    settings = settings_of(context, config)
    migrate_store(settings.database.url)
    open_keystore(settings.keys.url).close()
    say("The databases are those of this release.")
