"""The screens there are: where, what they are called, and what a role needs to see them."""

from typing import Final, NamedTuple

from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission, Role, may


class Screen(NamedTuple):
    """``told`` says in a line what it is for."""

    path: str
    name: Sentence
    told: Sentence
    needs: Permission


SCREENS: Final = (
    Screen(
        "/mailboxes",
        Sentence(fr="Boîtes", en="Mailboxes"),
        Sentence(
            fr="Dossiers, tailles, conversations, appareils : une boîte sans son contenu.",
            en="Folders, sizes, conversations, devices: a mailbox without its content.",
        ),
        Permission.SEE_MAILBOXES,
    ),
    Screen(
        "/warrants",
        Sentence(fr="Bris de glace", en="Break-glass"),
        Sentence(
            fr="Qui lit ou veut lire un contenu, pourquoi, jusqu'à quand ; accorder, refuser, retirer.",
            en="Who reads or wants to read contents, why, until when; grant, refuse, revoke.",
        ),
        Permission.SEE_WARRANTS,
    ),
    Screen(
        "/messages",
        Sentence(fr="Où est mon message ?", en="Where is my message?"),
        Sentence(
            fr="Ce qu'un message est devenu pour chacun, et la règle qui en a décidé.",
            en="What became of a message for each recipient, and the rule that decided.",
        ),
        Permission.TRACE_MESSAGES,
    ),
    Screen(
        "/conversations",
        Sentence(fr="Conversations", en="Conversations"),
        Sentence(
            fr="Qui peut écrire à qui ; clore et rouvrir, avec un motif.",
            en="Who may write to whom; close and open, with a reason.",
        ),
        Permission.SEE_CONVERSATIONS,
    ),
    Screen(
        "/queue",
        Sentence(fr="File d'envoi", en="Queue"),
        Sentence(
            fr="Ce qui attend de partir, qui ne nous répond pas ; essayer de nouveau, retenir.",
            en="What waits to leave, who does not answer us; try again, hold.",
        ),
        Permission.SEE_QUEUE,
    ),
    Screen(
        "/refusals",
        Sentence(fr="Refus", en="Refusals"),
        Sentence(
            fr="Combien chaque règle a refusé, jour par jour, et ce qu'elle dit.",
            en="How often each rule refused, day by day, and what it says.",
        ),
        Permission.TRACE_MESSAGES,
    ),
    Screen(
        "/directory",
        Sentence(fr="Annuaire", en="Directory"),
        Sentence(fr="Qui est publié, où et comme quoi.", en="Who is published, where and as what."),
        Permission.SEE_DIRECTORY,
    ),
    Screen(
        "/trust",
        Sentence(fr="Liste de confiance", en="Trust list"),
        Sentence(
            fr="Quels domaines, et quels certificats parlent pour eux.",
            en="Which domains, and which certificates speak for them.",
        ),
        Permission.SEE_TRUST,
    ),
    Screen(
        "/radar",
        Sentence(fr="Ce qui vieillit", en="What grows old"),
        Sentence(
            fr="L'annuaire, la liste de confiance, nos certificats.",
            en="The directory, the trust list, our certificates.",
        ),
        Permission.SEE_DIRECTORY,
    ),
    Screen(
        "/health",
        Sentence(fr="Santé", en="Health"),
        Sentence(
            fr="Ce qui passe, ce qui est refusé, ce qui tarde : maintenant, un jour, un trimestre.",
            en="What goes by, what is refused, what is late: now, a day, a quarter of a year.",
        ),
        Permission.SEE_HEALTH,
    ),
    Screen(
        "/statistics",
        Sentence(fr="Statistiques", en="Statistics"),
        Sentence(
            fr="Mois par mois et domaine par domaine : écrit, reçu, ouvert ; les fichiers à remettre.",
            en="Month by month and domain by domain: sent, received, opened; the files to hand in.",
        ),
        Permission.SEE_STATISTICS,
    ),
    Screen(
        "/audit",
        Sentence(fr="Contrôle", en="Audit"),
        Sentence(
            fr="Le journal est-il tel qu'il a été écrit ? Qui a fait quoi, et quand.",
            en="Is the journal as it was written? Who did what, and when.",
        ),
        Permission.SEE_AUDIT,
    ),
    Screen(
        "/administrators",
        Sentence(fr="Administrateurs", en="Administrators"),
        Sentence(fr="Qui peut se connecter ici, et avec quel rôle.", en="Who may sign in here, and as what."),
        Permission.SEE_ADMINISTRATORS,
    ),
)


def screens_of(role: Role) -> tuple[Screen, ...]:
    """Those a role may see, in the order of the navigation."""
    return tuple(screen for screen in SCREENS if may(role, screen.needs))
