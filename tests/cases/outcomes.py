"""What must be true in the cases: replies as they were said, mailboxes as IMAP shows them."""

import re
from typing import Final

import pytest
from imapclient.exceptions import IMAPClientError
from tests.cases.gestures import answer
from tests.cases.language import sentence
from tests.cases.people import CAST, OF, who
from tests.cases.stage import Letter, Stage, is_subject

from vaguemestre.mail.mailbox import CONVERSATION_CLOSED, CONVERSATION_OPEN, EXPIRES_SOON

_READ: Final = re.compile(r"^Disposition: .*; ?displayed", re.MULTILINE | re.IGNORECASE)
TO: Final = rf"(?:à |au ){who('other')}"


@sentence(r"C'est accepté")
async def accepted(stage: Stage, _: re.Match[str]) -> None:
    """A 250, and no recipient left out."""
    assert stage.said is not None
    assert (stage.said.code, "MSS-" in stage.said.text) == (250, False), stage.said


@sentence(r"C'est refusé(?P<later> pour l'instant)? : MSS-(?P<rule>[A-Z]+-\d+)")
async def refused(stage: Stage, match: re.Match[str]) -> None:
    """A final refusal, or one that says to come back, with the identifier of its rule."""
    _is_refused(stage, match["rule"], later=bool(match["later"]))


def _is_refused(stage: Stage, rule: str, *, later: bool = False) -> None:
    assert stage.said is not None
    assert stage.said.code // 100 == (4 if later else 5), stage.said
    assert f"MSS-{rule}]" in stage.said.text, stage.said


@sentence(rf"C'est accepté, sauf pour {who()} : MSS-(?P<rule>[A-Z]+-\d+)")
async def accepted_in_part(stage: Stage, match: re.Match[str]) -> None:
    """A 250 that names who may not have it."""
    assert stage.said is not None
    assert stage.said.code == 250, stage.said
    assert f"MSS-{match['rule']}]" in stage.said.text, stage.said
    assert CAST[match["who"]].address in stage.said.text, stage.said


@sentence(rf"{who()} a reçu « (?P<subject>[^»]+) »(?P<once> une seule fois)?")
async def received(stage: Stage, match: re.Match[str]) -> None:
    """It is in one of his mailboxes."""
    found = [r for r in await stage.read(CAST[match["who"]]) if is_subject(r.subject, match["subject"])]
    assert found, [read.subject for read in await stage.read(CAST[match["who"]])]
    assert not match["once"] or len(found) == 1, found


@sentence(rf"{who()} n'a pas reçu « (?P<subject>[^»]+) »")
async def not_received(stage: Stage, match: re.Match[str]) -> None:
    """It is in none of his mailboxes."""
    found = [r for r in await stage.read(CAST[match["who"]]) if is_subject(r.subject, match["subject"])]
    assert not found, found


@sentence(rf"{who()} n'a plus « (?P<subject>[^»]+) »")
async def has_no_more(stage: Stage, match: re.Match[str]) -> None:
    """It went."""
    await not_received(stage, match)


@sentence(rf"{who()} n'a rien reçu")
async def nothing_received(stage: Stage, match: re.Match[str]) -> None:
    """Not one message."""
    assert not await stage.read(CAST[match["who"]])


@sentence(rf"{who()} apprend que « (?P<subject>[^»]+) » n'est pas arrivé : MSS-(?P<rule>[A-Z]+-\d+)")
async def is_told(stage: Stage, match: re.Match[str]) -> None:
    """A delivery status notification about that message, with the identifier of its rule. RFC 3464 §2."""
    about = stage.written[match["subject"]]
    said = [text for identifier, text in await stage.reports(CAST[match["who"]]) if identifier == about]
    assert [f"[MSS-{match['rule']}]" in text for text in said] == [True], said


@sentence(rf"{who()} apprend que « (?P<subject>[^»]+) » a été lu")
async def is_told_of_reading(stage: Stage, match: re.Match[str]) -> None:
    """One report about that message, which says that it was read. RFC 8098 §3."""
    about = stage.written[match["subject"]]
    said = [text for identifier, text in await stage.reports(CAST[match["who"]]) if identifier == about]
    assert [_READ.search(text) is not None for text in said] == [True], said


@sentence(rf"{who()} voit que « (?P<subject>[^»]+) » vient de {who('reader')} pour {who('other')}")
async def sees_who_wrote(stage: Stage, match: re.Match[str]) -> None:
    """From names one, Sender the other. RFC 5322 §3.6.2."""
    read = await stage.found(CAST[match["who"]], match["subject"])
    assert CAST[match["other"]].address in read.sender, read
    assert CAST[match["reader"]].address in read.sent_by, read


@sentence(rf"{who()} lit « (?P<subject>[^»]+) » dans la boîte {OF}{who('other')}")
async def reads_for_another(stage: Stage, match: re.Match[str]) -> None:
    """He signs in for that mailbox with his own password, and it is there."""
    reader, holder = CAST[match["who"]], CAST[match["other"]]
    found = [read.subject for read in await stage.read(reader, holder)]
    assert any(is_subject(subject, match["subject"]) for subject in found), found


@sentence(rf"{who()} n'ouvre (?:pas|plus) la boîte {OF}{who('other')}")
async def opens_no_more(stage: Stage, match: re.Match[str]) -> None:
    """His password, for that mailbox, is as good as a wrong one."""
    with pytest.raises(IMAPClientError, match="AUTHENTICATIONFAILED"):
        await stage.read(CAST[match["who"]], CAST[match["other"]])


@sentence(rf"{who()} voit « (?P<subject>[^»]+) » (?P<state>ouverte|close|sans état)")
async def sees_state(stage: Stage, match: re.Match[str]) -> None:
    """The keywords that any mail client shows."""
    read = await stage.found(CAST[match["who"]], match["subject"])
    shown = {"ouverte": {CONVERSATION_OPEN}, "close": {CONVERSATION_CLOSED}, "sans état": set()}
    assert read.flags & {CONVERSATION_OPEN, CONVERSATION_CLOSED} == shown[match["state"]], read


@sentence(rf"{who()} voit « (?P<subject>[^»]+) » (?P<near>près|loin) d'expirer")
async def sees_whether_it_expires(stage: Stage, match: re.Match[str]) -> None:
    """The keyword that the server alone puts."""
    read = await stage.found(CAST[match["who"]], match["subject"])
    assert (EXPIRES_SOON in read.flags) == (match["near"] == "près"), read


@sentence(rf"{who()} peut répondre {TO}(?P<on> sur « [^»]+ »)?")
async def may_answer(stage: Stage, match: re.Match[str]) -> None:
    """He does, and it is accepted."""
    await _try_to_answer(stage, match)
    assert stage.said is not None
    assert stage.said.code == 250, stage.said


@sentence(rf"{who()} ne peut (?:plus|pas) répondre {TO}(?P<on> sur « [^»]+ »)? : MSS-(?P<rule>[A-Z]+-\d+)")
async def may_not_answer(stage: Stage, match: re.Match[str]) -> None:
    """He tries, and is refused with that rule's words."""
    await _try_to_answer(stage, match)
    _is_refused(stage, match["rule"])


async def _try_to_answer(stage: Stage, match: re.Match[str]) -> None:
    letter = Letter(f"Réponse {stage.next_number()}", (CAST[match["other"]],))
    await answer(stage, CAST[match["who"]], letter, [match["on"].strip()] if match["on"] else [])
