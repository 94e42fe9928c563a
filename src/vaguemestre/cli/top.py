"""``vaguemestre top``: a running server's numbers, a table that is drawn anew, or once for programs.

It asks ``/metrics`` as Prometheus does, so it changes nothing and needs neither keys nor database. Rates are
between two looks; the first has none. What several processes tell is put together: counts and clients are
added, of what each of them sees whole (the queue, ages) the greatest stands.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Final, NamedTuple
from urllib.error import URLError
from urllib.request import Request, urlopen

import typer
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.live import Live
from rich.table import Table

from vaguemestre.cli.failures import CommandFailed, ExitStatus
from vaguemestre.cli.language import in_words
from vaguemestre.cli.operation import AsJson, Config, settings_of
from vaguemestre.cli.output import Value, print_json
from vaguemestre.configured import metrics_token_of
from vaguemestre.mail.sentence import Sentence
from vaguemestre.settings import Settings

_PATIENCE: Final = 5.0  # seconds
_LARGEST: Final = 1_000_000  # octets of a page; a usual one has 10,000
_ROWS: Final = 12  # of a kind: the rest is a line

Sample = tuple[str, str]
"""The name of a number, and its labels in words."""


class Shown(NamedTuple):
    """One kind of numbers: its heading, the name of the number, whether it is a count that grows."""

    heading: Sentence
    name: str
    grows: bool


SHOWN: Final = (
    Shown(Sentence("connexions", "connections"), "vaguemestre_connections", False),
    Shown(Sentence("messages acceptés", "messages accepted"), "vaguemestre_messages_accepted_total", True),
    Shown(Sentence("refus par règle", "refusals by rule"), "vaguemestre_refusals_total", True),
    Shown(Sentence("ouvertures de session", "sign-ins"), "vaguemestre_sign_ins_total", True),
    Shown(Sentence("sessions refusées", "sign-in failures"), "vaguemestre_sign_in_failures_total", True),
    Shown(Sentence("chez d'autres opérateurs", "sent elsewhere"), "vaguemestre_recipients_sent_total", True),
    Shown(Sentence("file d'attente", "queue"), "vaguemestre_queue_deliveries", False),
    Shown(Sentence("plus ancien, s", "oldest, s"), "vaguemestre_queue_oldest_age_seconds", False),
    Shown(Sentence("travaux échoués", "failed work"), "vaguemestre_job_failures_total", True),
)
"""What is drawn, in this order."""

_ADDED: Final = frozenset(shown.name for shown in SHOWN if shown.grows) | {"vaguemestre_connections"}


def top(
    context: typer.Context,
    as_json: AsJson = False,
    every: Annotated[
        float, typer.Option("--every", min=0.5, max=3600, help="Seconds between two looks.")
    ] = 2.0,
    config: Config = None,
) -> None:
    """Watch a running server: connections, rates, queue. Needs `listen.metrics`. Ctrl-C ends it."""
    settings = settings_of(context, config)
    requests = [_request(settings, process) for process in range(settings.processes)]
    if as_json:
        print_json(_json(look(requests)))
        return
    console = Console(highlight=False)
    before: Mapping[Sample, float] | None = None
    with (
        suppress(KeyboardInterrupt),
        Live(console=console, auto_refresh=False, screen=console.is_terminal) as live,
    ):
        while True:
            now = look(requests)
            live.update(table(now, before, every), refresh=True)
            if not console.is_terminal:
                return  # piped: one look, and no waiting for nobody
            before = now
            time.sleep(every)


def _request(settings: Settings, process: int) -> Request:
    at = settings.listen.metrics
    if at is None or not at.port:
        raise CommandFailed(
            in_words(
                Sentence(
                    'Le serveur ne donne pas de chiffres : écrivez [listen] metrics = "127.0.0.1:9464".',
                    'The server gives no numbers: write [listen] metrics = "127.0.0.1:9464".',
                )
            ),
            ExitStatus.CONFIGURATION,
        )
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(at.host, f"[{at.host}]" if ":" in at.host else at.host)  # noqa: S104 (asked here)
    token = metrics_token_of(settings)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Request(f"http://{host}:{at.port + process}/metrics", headers=headers)


def look(requests: Sequence[Request]) -> dict[Sample, float]:
    """What stands on the pages now, put together. Raises CommandFailed when the first does not answer."""
    first, *others = requests
    found = _page(first)
    for request in others:
        with suppress(CommandFailed):  # one that died is started again; meanwhile it has no clients
            for sample, value in _page(request).items():
                known = found.get(sample, 0.0)
                found[sample] = known + value if sample[0] in _ADDED else max(known, value)
    return found


def _page(request: Request) -> dict[Sample, float]:
    try:
        with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 (made here)
            page = answer.read(_LARGEST).decode()
    except (URLError, OSError) as error:
        sentence = Sentence(
            f"Le serveur ne répond pas à {request.full_url} : est-il démarré ?",
            f"The server does not answer at {request.full_url}: is it running?",
        )
        raise CommandFailed(in_words(sentence), ExitStatus.TEMPORARY) from error
    return {
        (sample.name, ", ".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def table(now: Mapping[Sample, float], before: Mapping[Sample, float] | None, seconds: float) -> Table:
    """What is drawn; ``before`` is the look ``seconds`` ago."""
    drawn = Table(title="Vaguemestre", header_style="bold")
    heads = (Sentence("quoi", "what"), Sentence("lequel", "which"), Sentence("nombre", "number"))
    for head in (*heads, Sentence("par minute", "a minute")):
        drawn.add_column(in_words(head), justify="left" if head in heads[:2] else "right")
    for shown in SHOWN:
        for place, (labels, value, rate) in enumerate(_rows(shown, now, before, seconds)):
            drawn.add_row(in_words(shown.heading) if not place else "", labels, f"{value:,.0f}", rate)
    return drawn


def _rows(
    shown: Shown, now: Mapping[Sample, float], before: Mapping[Sample, float] | None, seconds: float
) -> Iterator[tuple[str, float, str]]:
    found = sorted(
        ((sample, value) for sample, value in now.items() if sample[0] == shown.name),
        key=lambda item: (-item[1], item[0]),
    )
    for sample, value in found[:_ROWS]:
        rate = ""
        if shown.grows and before is not None:
            grown = max(0.0, value - before.get(sample, 0.0))  # the server may have begun anew
            rate = f"{60 * grown / seconds:,.0f}"
        yield sample[1], value, rate
    if len(found) > _ROWS:
        yield "…", sum(value for _, value in found[_ROWS:]), ""


def _json(now: Mapping[Sample, float]) -> Value:
    numbers: dict[str, dict[str, Value]] = {}
    for (name, labels), value in sorted(now.items()):
        numbers.setdefault(name, {})[labels] = int(value) if value == int(value) else str(value)
    return numbers
