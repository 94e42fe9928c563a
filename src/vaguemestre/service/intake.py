"""What accepting a message needs, at once or at its hour: the same for submissions and for releases."""

from dataclasses import dataclass, field

from vaguemestre.mime.examination import Bounds
from vaguemestre.policy.limits import Policy
from vaguemestre.service.conversation_references import ConversationReferences
from vaguemestre.service.conversations import IdentifierDigest
from vaguemestre.service.dispensations import Dispensations
from vaguemestre.service.examination import Examination
from vaguemestre.service.figures import Figures
from vaguemestre.service.ports import Clock, Vault
from vaguemestre.service.standing import ALONE, Beyond
from vaguemestre.service.store_port import Store


def _usual() -> Examination:
    return Examination(Bounds())


@dataclass(frozen=True, slots=True)
class Intake:
    """``hostname`` names this server in trace fields; ``dispensations`` None asks nobody.

    ``beyond`` is what is known of other operators; without a list none of their domains is written to.
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
