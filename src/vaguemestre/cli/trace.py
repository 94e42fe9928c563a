"""``vaguemestre trace``: the whole story of a message, without a word of it. domain.md §3.

By its name it is told whole; by sender, recipient or day, every one that is found, some dozens at most.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

import typer

from vaguemestre.cli.access import day_of
from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, ShowIns, operate, operator, settings_of
from vaguemestre.cli.output import Value, masked, moment, plain, print_json, print_table, say
from vaguemestre.mail.fate import Fate, FateState, SubmissionTrace
from vaguemestre.mail.sentence import Sentence
from vaguemestre.mail.tls_wish import TlsWish
from vaguemestre.service.telling.searching import Answer, Asked, SearchRefused, place_of
from vaguemestre.services import Services

_RECIPIENT: Final = Sentence("destinataire", "recipient")
_STATE: Final = Sentence("état", "state")
_SINCE: Final = Sentence("depuis (UTC)", "since (UTC)")
STATES: Final = {
    FateState.HELD: Sentence("en attente", "held"),
    FateState.QUEUED: Sentence("en partance", "queued"),
    FateState.CANCELLED: Sentence("annulé", "cancelled"),
    FateState.DELIVERED: Sentence("remis", "delivered"),
    FateState.READ: Sentence("lu", "read"),
    FateState.REJECTED: Sentence("rejeté", "rejected"),
    FateState.EXPIRED: Sentence("expiré", "expired"),
    FateState.REFUSED: Sentence("refusé", "refused"),
}
_TLS: Final = {
    TlsWish.REQUIRED: Sentence("TLS exigé par l'expéditeur", "TLS required by the sender"),
    TlsWish.OPTIONAL: Sentence("TLS facultatif pour l'expéditeur", "TLS optional to the sender"),
}
_UNKNOWN: Final = Sentence(
    "Aucun message de ce nom n'a été accepté ici depuis un an. Un Message-ID se trouve dans l'en-tête du "
    "message ; un identifiant de file dans la réponse qui lui fut faite : Accepted as …",
    "No message of that name was accepted here in the last year. A Message-ID stands in the header "
    "of the message; a queue id in the reply to it: Accepted as …",
)
_NOTHING: Final = Sentence(
    "Aucun message de ces adresses ou de ces jours n'a été accepté ici depuis un an.",
    "No message of those addresses or days was accepted here in the last year.",
)
_MORE: Final = Sentence(
    "Il peut y en avoir d'autres, plus anciens : --limit", "There may be earlier ones: --limit"
)
_REFUSED: Final = Sentence("Refusé dès l'envoi", "Refused when it was sent")
_WHEN: Final = Sentence("quand (UTC)", "when (UTC)")
_RULE: Final = Sentence("règle", "rule")
_STATUS: Final = Sentence("code", "status")


def trace(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A Message-ID, or a queue id.", show_default=False)
    ] = "",
    sender: Annotated[
        str, typer.Option("--from", metavar="ADDRESS", help="Only this sender's: an address or an INS.")
    ] = "",
    recipient: Annotated[
        str, typer.Option("--to", metavar="ADDRESS", help="Only this recipient's: an address or an INS.")
    ] = "",
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="Only from this day on.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DAY", help="Only up to this day, it included.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many messages at most.")] = 25,
    as_json: AsJson = False,
    show_ins: ShowIns = False,
    config: Config = None,
) -> None:
    """Tell what became of messages: who sent them when, and for each recipient whether it was read.

    Looking for an account's messages is told to its holder, in his history of accesses.
    """
    first, last = _midnight(day_of(since)), _midnight(day_of(until), after=True)
    asked = Asked(name, sender, recipient, first, last)

    async def work(services: Services) -> Answer:
        found = await services.trace_search.find(asked, operator())
        traces, refused = list(found.traces), found.refused
        while found.next is not None and len(traces) < limit:
            found = await services.trace_search.find(asked, operator(), found.next)
            traces += found.traces
        more = found.next if len(traces) <= limit else place_of(traces[limit - 1])
        return Answer(tuple(traces[:limit]), more, refused)

    try:
        found = operate(settings_of(context, config), work)
    except SearchRefused as refused:
        raise CommandFailed(in_words(refused.sentence), ExitStatus.USAGE) from None
    if as_json:
        print_json([_json(one) for one in found.traces])
        return
    if not found.traces and not found.refused:
        raise CommandFailed(in_words(_UNKNOWN if name else _NOTHING))
    columns = [in_words(title) for title in (_RECIPIENT, _STATE, _SINCE)]
    for one in found.traces:
        print_table(_heading(one, show_ins), columns, (_row(fate, show_ins) for fate in one.fates))
    if found.next is not None:
        say(in_words(_MORE))
    if found.refused:
        titles = [in_words(title) for title in (_WHEN, _RULE, _STATUS)]
        rows = ((moment(one.at), f"MSS-{one.rule}", one.status) for one in found.refused)
        print_table(in_words(_REFUSED), titles, rows)


def _midnight(day: date | None, *, after: bool = False) -> datetime | None:
    """The one a day begins with, or ends with, UTC."""
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=after)


def _heading(found: SubmissionTrace, show_ins: bool) -> str:
    """Which submission, when, by whom; a line each, so that it fits in 80 columns."""
    when, sender = moment(found.accepted_at), masked(found.sender_address, show_ins)
    actor = masked(found.actor_address, show_ins) if found.actor_address is not None else None
    lines = [
        Sentence(f"{found.queue_id}, accepté le {when} UTC", f"{found.queue_id}, accepted {when} UTC"),
        Sentence(f"de {sender}", f"from {sender}"),
    ]
    if actor is not None:
        lines.append(Sentence(f"écrit par {actor}", f"written by {actor}"))
    if found.release_at is not None:
        hour = moment(found.release_at)
        is_held = any(fate.state is FateState.HELD for fate in found.fates)
        held = Sentence(f"retenu jusqu'au {hour} UTC", f"held until {hour} UTC")
        lines.append(held if is_held else Sentence(f"demandé pour le {hour} UTC", f"asked for {hour} UTC"))
    if found.deliver_by is not None:
        end, due = moment(found.deliver_by.at), found.deliver_by
        lines.append(
            Sentence(
                f"à remettre avant le {end} UTC, sinon retiré",
                f"to be delivered by {end} UTC, else withdrawn",
            )
            if due.withdraws
            else Sentence(
                f"à remettre avant le {end} UTC, sinon signalé", f"to be delivered by {end} UTC, else told of"
            )
        )
    if found.tls in _TLS:
        lines.append(_TLS[found.tls])
    return "\n  ".join(map(in_words, lines))


def _row(fate: Fate, show_ins: bool) -> tuple[str, str, str]:
    """A recipient, and under it why when there is a reason to tell."""
    why = in_words(Sentence(fate.reason_french or fate.reason, fate.reason))
    recipient = masked(fate.recipient, show_ins)
    return (f"{recipient}\n{why}" if why else recipient, in_words(STATES[fate.state]), moment(fate.at))


def _json(found: SubmissionTrace) -> dict[str, Value]:
    return {
        "queue_id": found.queue_id,
        "sender": plain(found.sender_address),
        "sent_by": plain(found.actor_address or found.sender_address),
        "accepted_at": plain(found.accepted_at),
        "tls": plain(found.tls),
        "release_at": plain(found.release_at),
        "deliver_by": plain(None if found.deliver_by is None else found.deliver_by.at),
        "deliver_by_mode": "" if found.deliver_by is None else found.deliver_by.mode.value,
        "recipients": [
            {
                "recipient": plain(fate.recipient),
                "state": fate.state.value,
                "at": plain(fate.at),
                "status": fate.status,
                "reason": fate.reason,
                "reason_french": fate.reason_french,
            }
            for fate in found.fates
        ],
    }
