"""What accepting a message needs, at once or at its hour: the same for submissions and for releases."""

from dataclasses import dataclass, field

from vaguemestre.mime.examination import Bounds
from vaguemestre.policy.limits import Policy
from vaguemestre.service.arriving.dispensations import Dispensations
from vaguemestre.service.arriving.examination import Examination
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.conversations.references import ConversationReferences
from vaguemestre.service.health.figures import Figures
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.trust.standing import ALONE, Beyond


def _usual() -> Examination:
    return Examination(Bounds())


@dataclass(frozen=True, slots=True)
class Intake:
    """``hostname`` names this server in trace fields; ``dispensations`` None asks nobody.

    ``beyond`` is what is known of other operators; without a list none of their domains is written to.
    ``several``: other processes accept messages of the same accounts.
    """

    store: Store
    vault: Vault
    clock: Clock
    policy: Policy
    digest: IdentifierDigest
    references: ConversationReferences
    hostname: str
    examination: Examination = field(default_factory=_usual)
    dispensations: Dispensations | None = None
    beyond: Beyond = ALONE
    figures: Figures = field(default_factory=Figures)
    several: bool = False
