"""What the console's routes work with, over the services of a world."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.builders import a_policy
from tests.support.world import World

from vaguemestre.console.desk import Desk
from vaguemestre.console.pages import Pages
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.pictures.apart import ApartPictures
from vaguemestre.policy.retention import Retention
from vaguemestre.service.access.looking import Looking
from vaguemestre.service.access.reading import Reading
from vaguemestre.service.access.warrants import WarrantKeeping, WarrantTerms
from vaguemestre.service.accounts.finding import MailboxFinding
from vaguemestre.service.administration.accounts import AdministratorAccounts
from vaguemestre.service.administration.by_passkey import ByPasskey
from vaguemestre.service.administration.by_password import ByPassword
from vaguemestre.service.administration.ceremonies import Ceremonies
from vaguemestre.service.administration.challenges import Challenging, Handles
from vaguemestre.service.administration.passkeys import PasskeyKeeping
from vaguemestre.service.administration.sessions import ConsoleSessions, Limits
from vaguemestre.service.administration.signing_in import SigningIn
from vaguemestre.service.audit.anchors import Anchoring
from vaguemestre.service.audit.auditing import Auditing
from vaguemestre.service.audit.chaining import Chaining
from vaguemestre.service.audit.reviewing import Reviewing
from vaguemestre.service.conversations.leafing import ConversationLeafing
from vaguemestre.service.directory.address_book import AddressBook
from vaguemestre.service.health.figures import Figures
from vaguemestre.service.health.readings import Gauges, Readings
from vaguemestre.service.health.sampling import Sampling
from vaguemestre.service.health.watching import HealthWatch
from vaguemestre.service.outbound.queue import OutboundQueue
from vaguemestre.service.sign_in.guessing import Guessing
from vaguemestre.service.statistics.monthly import MonthlyFigures
from vaguemestre.vault.sealed_words import SealedWords
from vaguemestre.vault.signing import Signer


def a_desk(world: World) -> Desk:
    """A desk of "mail.example"."""
    seals, passwords = SealedWords(bytes(32)), world.authentication.passwords
    guessing = Guessing(world.clock, bytes(32), world.clock.pause)
    limits = Limits(timedelta(minutes=15), timedelta(hours=8))
    sessions = ConsoleSessions(world.store, world.clock, limits)
    signing_in = SigningIn(world.store, world.clock, guessing, sessions)
    by_password = ByPassword(world.store, world.clock, signing_in, passwords, seals)
    ceremonies = Ceremonies("mail.example", lambda: "https://mail.example")
    spoken = (signing_in, ceremonies, Challenging(world.clock, Handles(bytes(32))))
    directory = SqliteDirectory(Path("there is none"))
    figures = Figures()
    key, signer = bytes(32), Signer(bytes(32))
    witness = world.vault.witness(key)
    chaining = Chaining(world.store, world.clock, key, witness)
    auditing = Auditing(world.store, world.clock, key, witness, signer.verifier)
    anchoring = Anchoring(world.store, world.clock, chaining, signer, Path("there is none"), "mail.example")
    return Desk(
        "mail.example",
        world.clock,
        Pages("mail.example", ZoneInfo("Europe/Paris")),
        AdministratorAccounts(world.store, world.clock, passwords, seals),
        sessions,
        by_password,
        ByPasskey(world.store, *spoken),
        PasskeyKeeping(world.store, world.clock, by_password.code_of, *spoken),
        None,
        MailboxFinding(world.store, a_policy()),
        Looking(world.store, world.vault, world.clock, "mail.example", a_policy(), Retention()),
        WarrantKeeping(world.store, world.vault, world.clock, WarrantTerms(), "mail.example"),
        Reading(world.store, world.vault, world.clock, "mail.example"),
        ApartPictures(),
        world.trace_search,
        world.oversight,
        ConversationLeafing(world.store),
        OutboundQueue(world.store, world.clock),
        AddressBook(world.store, directory, world.clock, a_policy(), timedelta(days=3)),
        world.devices,
        None,
        (),
        Reviewing(world.store, world.clock, chaining, auditing, anchoring),
        HealthWatch(
            world.store,
            world.clock,
            Sampling(world.store, world.clock, figures),
            Readings(figures, Gauges(world.store, directory, None, world.clock, dict)),
        ),
        MonthlyFigures(world.store, (), ";"),
    )
