"""What the operator does in the cases, of himself or for a holder: accounts, conversations, accesses."""

import re
from datetime import date, timedelta
from typing import Final

from tests.cases.house import OPERATOR
from tests.cases.language import sentence
from tests.cases.people import CAST, OF, who
from tests.cases.space import publish
from tests.cases.stage import Stage

from vaguemestre.mail.access import GrantKind, Right
from vaguemestre.mail.address import Address, parse_address
from vaguemestre.policy.profiles import AskedBy, ProfileAct
from vaguemestre.service.access.grants import AccessRequest
from vaguemestre.service.accounts.profiles import by_operator

_ACTS: Final = {
    "suspend": ProfileAct.SUSPEND,
    "rétablit": ProfileAct.RESUME,
    "ferme": ProfileAct.CLOSE,
    "rouvre": ProfileAct.REOPEN,
}
_WISHES: Final = {
    "s'oppose à la messagerie": ProfileAct.OPPOSE,
    "fait fermer sa boîte": ProfileAct.CLOSE,
    "fait rouvrir sa boîte": ProfileAct.REOPEN,
}
_KINDS: Final = {
    "représenter": (GrantKind.REPRESENTATIVE, {Right.READ}),
    "aider": (GrantKind.CARER, {Right.READ, Right.SEND}),
    "lire pour": (GrantKind.DELEGATE, {Right.READ}),
    "lire et écrire pour": (GrantKind.DELEGATE, {Right.READ, Right.SEND}),
}


def _address(name: str) -> Address:
    return parse_address(CAST[name].address)


@sentence(rf"L'administrateur (?P<verb>clôt|rouvre) la conversation entre {who('one')} et {who('other')}")
async def decides_on_conversation(stage: Stage, match: re.Match[str]) -> None:
    """As ``vaguemestre conversation close|open``, by the same service."""
    await stage.carry()
    one, other = (_address(match[name]) for name in ("one", "other"))
    oversight = stage.app.services.oversight
    for pair, citizen in await oversight.pairs(one):
        if other.key in {pair.professional.key, citizen.key}:
            act = oversight.close if match["verb"] == "clôt" else oversight.open
            await act(pair.conversation, OPERATOR, pair.professional)


@sentence(rf"L'administrateur (?P<verb>{'|'.join(_ACTS)}) la boîte {OF}{who()}")
async def changes_account(stage: Stage, match: re.Match[str]) -> None:
    """As ``vaguemestre bal suspend|resume|close|reopen``."""
    await _change(stage, match["who"], _ACTS[match["verb"]], AskedBy.OPERATOR)


@sentence(rf"{who()} (?P<wish>{'|'.join(_WISHES)})")
async def holder_wishes(stage: Stage, match: re.Match[str]) -> None:
    """The same, because the holder has asked: ``--asked-by holder``."""
    await _change(stage, match["who"], _WISHES[match["wish"]], AskedBy.HOLDER)


async def _change(stage: Stage, name: str, act: ProfileAct, by: AskedBy) -> None:
    await stage.carry()
    await stage.account(CAST[name])
    profiles = stage.home(CAST[name]).app.services.profiles
    await profiles.finish(await profiles.change(_address(name), act, by_operator(OPERATOR, by=by)))


@sentence(rf"{who()} reçoit un nouveau matricule")
async def gets_alias(stage: Stage, match: re.Match[str]) -> None:
    """As ``vaguemestre bal alias add``."""
    await stage.account(CAST[match["who"]])
    aliases = stage.app.services.aliases
    await aliases.add(_address(match["who"]), _address("nouveau matricule"), OPERATOR)


@sentence(rf"{who()} est né(?:e)? il y a (?P<years>\d+) ans moins (?P<days>\d+) jours?")
async def is_born(stage: Stage, match: re.Match[str]) -> None:
    """As ``vaguemestre bal change --birth-date``."""
    await stage.account(CAST[match["who"]])
    today = stage.clock.now().date()
    born = date(today.year - int(match["years"]), today.month, today.day) + timedelta(days=int(match["days"]))
    await stage.app.services.birth_dates.set(_address(match["who"]), born, OPERATOR)


@sentence(rf"L'administrateur permet à {who('reader')} de? ?(?P<what>{'|'.join(_KINDS)}) {who()}")
async def grants(stage: Stage, match: re.Match[str]) -> None:
    """As ``vaguemestre access grant``."""
    for name in (match["who"], match["reader"]):
        await stage.account(CAST[name])
    kind, rights = _KINDS[match["what"]]
    request = AccessRequest(_address(match["who"]), _address(match["reader"]), kind, frozenset(rights))
    await stage.app.services.accesses.grant(request, OPERATOR)


@sentence(rf"L'administrateur retire à {who('reader')} l'accès à la boîte {OF}{who()}")
async def revokes(stage: Stage, match: re.Match[str]) -> None:
    """As ``vaguemestre access revoke``."""
    accesses = stage.app.services.accesses
    reader = _address(match["reader"]).key
    for access in await accesses.of(_address(match["who"])):
        if access.reader.address.key == reader:
            await accesses.revoke(access.grant.id, OPERATOR)


@sentence(rf"L'administrateur inspecte la boîte {OF}{who()}")
async def inspects(stage: Stage, match: re.Match[str]) -> None:
    """As ``vaguemestre inspect``: metadata."""
    await stage.app.services.inspection.overview(_address(match["who"]), OPERATOR)


@sentence(rf"{who()}(?: et {who('other')})? (?:est|sont) chez un autre opérateur de l'espace de confiance")
async def is_at_another_operator(stage: Stage, match: re.Match[str]) -> None:
    """That operator's server is put up, and both are in one signed trust list."""
    for name in filter(None, (match["who"], match["other"])):
        assert CAST[name].is_there, f"{name} is at this page's operator"
    await stage.meet_another_operator()


@sentence(r"La liste de confiance (?P<verb>ne nomme plus|nomme de nouveau) l'autre opérateur")
async def trust_list_changes(stage: Stage, match: re.Match[str]) -> None:
    """Another list is signed, and this page's operator takes it while mail goes on: ``trust refresh``."""
    await stage.carry()
    publish(stage.common, stage.here, is_whole=match["verb"] == "nomme de nouveau")
    trust = stage.app.services.trust
    assert trust is not None
    await trust.refresh(may_shrink=True)


@sentence(rf"{who()} se met en liste rouge")
async def is_unlisted(stage: Stage, match: re.Match[str]) -> None:
    """As ``vaguemestre bal change --unlisted``."""
    await stage.account(CAST[match["who"]])
    await stage.app.services.accounts.describe(_address(match["who"]), OPERATOR, is_unlisted=True)
