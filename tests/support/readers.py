"""Who may read what, granted in a line."""

from datetime import date

from tests.support.world import World

from vaguemestre.mail.access import GrantKind, Right
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.service.access.grants import Access, AccessRequest


async def let(world: World, reader: Bal, bal: Bal, *rights: Right, last: date | None = None) -> Access:
    """A delegate's grant, or a carer's on a citizen's bal."""
    kind = GrantKind.CARER if bal.kind is BalKind.CITIZEN else GrantKind.DELEGATE
    wanted = frozenset(rights or (Right.READ,))
    return await world.accesses.grant(
        AccessRequest(bal.address, reader.address, kind, wanted, None, last), "test"
    )
