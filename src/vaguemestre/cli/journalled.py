"""The journal's line for a command that does its work without the database. domain.md §3.

Such a command has to succeed when all else is down, so its line comes after its work and never undoes it:
where the journal cannot be written, that is said, and the command has done what it was asked all the same.
"""

import sqlite3
from datetime import UTC, datetime

from vaguemestre.cli.failures import explained
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import operate, operator
from vaguemestre.cli.output import complain
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.audit.operator_acts import record_act
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.services import Services
from vaguemestre.settings import Settings
from vaguemestre.store.open import DatabaseUrlError, SchemaError
from vaguemestre.vault.keys import MasterKeyError

_NO_JOURNAL = (
    MasterKeyError,
    SchemaError,
    DatabaseUrlError,
    StoreBusyError,
    sqlite3.OperationalError,
    OSError,
)


def journal(settings: Settings, event: str, detail: dict[str, str]) -> None:
    """What the operator has just done. Complains, and raises nothing, where there is no journal to write."""

    async def work(services: Services) -> None:
        await record_act(services.store, datetime.now(UTC), operator(), event, detail)

    try:
        operate(settings, work)
    except _NO_JOURNAL as error:
        reason = explained(error)[0]
        said = Sentence(
            f"C'est fait, mais le journal n'en garde pas trace : {reason}",
            f"It is done, but the journal has no line of it: {reason}",
        )
        complain(in_words(said))
