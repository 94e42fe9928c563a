"""What people do in the cases: submit over SMTP, use a mail client over IMAP, let time pass, administer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final, TypeAlias

from tests.cases.documents import attachment, heavy
from tests.cases.language import sentence
from tests.cases.mail_client import MailClient
from tests.cases.people import CAST, LIST, Person, named, who
from tests.cases.stage import Letter, Read, Stage

from vaguemestre.policy.access import PARIS

Act: TypeAlias = Callable[[MailClient, Read], object]

_REST: Final = r"(?P<to>" + LIST + r") « (?P<subject>[^»]+) »(?P<clauses>(?:, .*)?)"
_COPY: Final = re.compile(rf"en copie(?P<list>{LIST})")
_REPLY_TO: Final = re.compile(rf"en demandant réponse(?P<list>{LIST})")
_HEADER: Final = re.compile(r"avec l'en-tête « (?P<name>[\w-]+): (?P<value>[^»]*?) »")
_ATTACHED: Final = re.compile(r"avec la pièce jointe « (?P<name>[^»]+) » qui est (?P<word>une? [^,«]+)")
_HEAVY: Final = re.compile(r"avec une pièce jointe de (?P<megabytes>\d+) Mo")
_RECEIPT: Final = "en demandant un accusé de réception"
_SIGNED: Final = re.compile(rf"en signant d(?:e la |e l'|e |u ){who('signed')}")
_ON: Final = re.compile(r"sur « (?P<on>[^»]+) »")
_ON_COPY: Final = re.compile(r"sur son exemplaire de « (?P<on>[^»]+) »")
_ANSWERING: Final = ("sans aucune référence", "en ne gardant que References", "en ne gardant que In-Reply-To")
_DAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_CLAUSES: Final = re.compile(r"(?:, (?:en|avec|sur|sans) (?:(?!, (?:en|avec|sur|sans) )[^«]|«[^»]*»)+)")


def _letter(match: re.Match[str]) -> tuple[Letter, list[str]]:
    """The letter that a sentence describes, and the clauses that say how it answers."""
    letter = Letter(match["subject"], tuple(named(match["to"])))
    others: list[str] = []
    for clause in (found[0].removeprefix(", ") for found in _CLAUSES.finditer(match["clauses"])):
        changed = _with_clause(letter, clause)
        if changed is not None:
            letter = changed
        else:
            known = clause in _ANSWERING or _ON.fullmatch(clause) or _ON_COPY.fullmatch(clause)
            assert known, f"unknown: {clause}"
            others.append(clause)
    return letter, others


def _with_clause(letter: Letter, clause: str) -> Letter | None:
    if found := _COPY.fullmatch(clause):
        return replace(letter, cc=tuple(named(found["list"])))
    if found := _REPLY_TO.fullmatch(clause):
        return replace(letter, reply_to=named(found["list"])[0])
    if clause == _RECEIPT:
        return replace(letter, wants_receipt=True)
    if found := _SIGNED.fullmatch(clause):
        return replace(letter, signed=CAST[found["signed"]])
    if found := _HEADER.fullmatch(clause):
        return replace(letter, headers=(*letter.headers, (found["name"], found["value"])))
    if found := _ATTACHED.fullmatch(clause):
        return replace(letter, attachments=(*letter.attachments, attachment(found["name"], found["word"])))
    if found := _HEAVY.fullmatch(clause):
        return replace(letter, attachments=(*letter.attachments, heavy(int(found["megabytes"]))))
    return None


@sentence(rf"{who()} écrit{_REST}")
async def writes(stage: Stage, match: re.Match[str]) -> None:
    """A letter of its own."""
    letter, others = _letter(match)
    assert not others, "a letter that answers nothing cannot say how it answers"
    await stage.submit(CAST[match["who"]], letter)


@sentence(rf"{who()} écrit au nom de {who('other')}{_REST}")
async def writes_as_another(stage: Stage, match: re.Match[str]) -> None:
    """MAIL FROM and From are somebody else's."""
    letter, _ = _letter(match)
    other = CAST[match["other"]]
    await stage.submit(CAST[match["who"]], replace(letter, signed=other, envelope=other))


@sentence(rf"{who()} commence à écrire{_REST}")
async def begins_to_write(stage: Stage, match: re.Match[str]) -> None:
    """MAIL and RCPT; the octets come later."""
    letter, _ = _letter(match)
    await stage.begin(CAST[match["who"]], letter)


@sentence(rf"{who()} répond{_REST}")
async def answers(stage: Stage, match: re.Match[str]) -> None:
    """An answer, as a mail client makes it from what IMAP shows."""
    letter, others = _letter(match)
    await answer(stage, CAST[match["who"]], letter, others)


@sentence(rf"{who()} commence à répondre{_REST}")
async def begins_to_answer(stage: Stage, match: re.Match[str]) -> None:
    """MAIL and RCPT of an answer; the octets come later."""
    letter, others = _letter(match)
    await stage.begin(CAST[match["who"]], await _answer(stage, CAST[match["who"]], letter, others))


@sentence(rf"{who()} termine son envoi")
async def finishes(stage: Stage, _: re.Match[str]) -> None:
    """The octets of what was begun."""
    await stage.finish()


@sentence(rf"{who()} renvoie exactement le même message")
async def sends_again(stage: Stage, match: re.Match[str]) -> None:
    """The same octets to the same recipients: what software does after a cut."""
    await stage.repeat(CAST[match["who"]])


async def answer(stage: Stage, sender: Person, letter: Letter, clauses: Sequence[str] = ()) -> None:
    """Answer the message that the clauses name, or the last one of the first addressee."""
    await stage.submit(sender, await _answer(stage, sender, letter, clauses))


async def _answer(stage: Stage, sender: Person, letter: Letter, clauses: Sequence[str]) -> Letter:
    for clause in clauses:
        if found := _ON_COPY.fullmatch(clause):  # what a client keeps when the server has it no more
            return replace(letter, headers=(*letter.headers, ("In-Reply-To", stage.written[found["on"]])))
    answered = await _answered(stage, sender, letter, clauses)
    nearest = ("In-Reply-To", answered.message_id)
    chain = ("References", f"{answered.references} {answered.message_id}".strip())
    kept = {
        "sans aucune référence": (),
        "en ne gardant que References": (chain,),
        "en ne gardant que In-Reply-To": (nearest,),
    }
    headers = next((kept[clause] for clause in clauses if clause in kept), (nearest, chain))
    return replace(letter, headers=(*letter.headers, *headers))


async def _answered(stage: Stage, sender: Person, letter: Letter, clauses: Sequence[str]) -> Read:
    """The message answered: the one named, or the last that came from whom it answers."""
    for clause in clauses:
        if found := _ON.fullmatch(clause):
            return await stage.found(sender, found["on"])
    came = [read for read in await stage.read(sender) if letter.to[0].address in read.sender]
    assert came, f"{sender.address} has nothing of {letter.to[0].address} to answer"
    return came[-1]


@sentence(rf"{who()} pose le mot-clé « (?P<keyword>\S+) » sur « (?P<subject>[^»]+) »")
async def sets_keyword(stage: Stage, match: re.Match[str]) -> None:
    """STORE +FLAGS."""
    await _with_message(stage, match, lambda c, read: c.add_flags([read.uid], [match["keyword"].encode()]))


@sentence(rf"{who()} ôte le mot-clé « (?P<keyword>\S+) » de « (?P<subject>[^»]+) »")
async def takes_keyword(stage: Stage, match: re.Match[str]) -> None:
    """STORE -FLAGS."""
    await _with_message(stage, match, lambda c, read: c.remove_flags([read.uid], [match["keyword"].encode()]))


@sentence(rf"{who()} lit « (?P<subject>[^»]+) »")
async def reads(stage: Stage, match: re.Match[str]) -> None:
    r"""FETCH BODY[], which sets \Seen."""
    await _with_message(stage, match, lambda c, read: c.fetch([read.uid], ["BODY[]"]))


@sentence(rf"{who()} range « (?P<subject>[^»]+) » dans « (?P<folder>[^»]+) »")
async def files_away(stage: Stage, match: re.Match[str]) -> None:
    """MOVE, into a folder that is made if it is not there."""

    def move(client: MailClient, read: Read) -> object:
        if not client.folder_exists(match["folder"]):
            client.create_folder(match["folder"])
        return client.move([read.uid], match["folder"])

    await _with_message(stage, match, move)


@sentence(rf"{who()} supprime « (?P<subject>[^»]+) »")
async def deletes(stage: Stage, match: re.Match[str]) -> None:
    r"""\Deleted and UID EXPUNGE."""

    def remove(client: MailClient, read: Read) -> object:
        client.delete_messages([read.uid])
        return client.uid_expunge([read.uid])

    await _with_message(stage, match, remove)


async def _with_message(stage: Stage, match: re.Match[str], act: Act) -> None:
    person = CAST[match["who"]]
    read = await stage.found(person, match["subject"])

    def run(client: MailClient) -> None:
        client.select_folder(read.folder)
        act(client, read)

    await stage.with_imap(person, run)


@sentence(r"(?P<days>\d+) jours? passent|Un jour passe")
async def days_pass(stage: Stage, match: re.Match[str]) -> None:
    """The clock moves, and the background jobs do what is due."""
    await stage.pass_(timedelta(days=int(match["days"] or 1)))


@sentence(rf"On est (?P<day>{'|'.join(_DAYS)}), (?P<hour>\d+) heures")
async def is_when(stage: Stage, match: re.Match[str]) -> None:
    """The clock moves on to the next such hour of Paris."""
    now = stage.clock.now().astimezone(PARIS)
    then = datetime.combine(now.date(), time(int(match["hour"])), PARIS)
    then += timedelta(days=(_DAYS.index(match["day"]) - then.weekday()) % 7)
    await stage.pass_((then if then > now else then + timedelta(days=7)).astimezone(UTC) - stage.clock.now())


@sentence(r"Le serveur redémarre")
async def restarts(stage: Stage, _: re.Match[str]) -> None:
    """Down in order, and up again on the same files."""
    await stage.here.start({})


@sentence(
    r"(?:Le|Chez (?P<there>l'autre) opérateur, le) réglage"
    r" « (?P<section>\w+\.)?(?P<key>\w+) » vaut « (?P<value>[^»]+) »"
)
async def is_set(stage: Stage, match: re.Match[str]) -> None:
    """The operator writes it in the settings file and starts the server again."""
    section = (match["section"] or "").removesuffix(".")
    value = match["value"]
    house = stage.there if match["there"] else stage.here
    assert house is not None, "no case has said yet that there is another operator"
    await house.start({(section, match["key"]): int(value) if value.isdigit() else value})
