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
        "/administrators",
        Sentence(fr="Administrateurs", en="Administrators"),
        Sentence(fr="Qui peut se connecter ici, et avec quel rôle.", en="Who may sign in here, and as what."),
        Permission.SEE_ADMINISTRATORS,
    ),
)


def screens_of(role: Role) -> tuple[Screen, ...]:
    """Those a role may see, in the order of the navigation."""
    return tuple(screen for screen in SCREENS if may(role, screen.needs))
