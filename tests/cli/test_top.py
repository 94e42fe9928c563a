"""A running server watched from a terminal: the numbers of its page, rates, one look for programs."""

import io
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from rich.console import Console
from tests.support.command_line import CommandLine

from vaguemestre.cli.top import table
from vaguemestre.exposition.prometheus import PrometheusText
from vaguemestre.service.health.figures import Family, Figures
from vaguemestre.service.health.readings import CONNECTIONS


class Page(BaseHTTPRequestHandler):
    """The numbers of a server that accepted three messages, to who shows the token if there is one."""

    token = ""

    def do_GET(self) -> None:
        shown = self.headers.get("authorization", "")
        self.send_response(200 if shown == self.token else 401)
        self.end_headers()
        figures = Figures()
        figures.accepted.add("PER", "submission", by=3)
        self.wfile.write(PrometheusText().text([*figures.read(), Family(CONNECTIONS, {("imap",): 2.0})]))

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Page]]:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    page: type[Page] = type("Page", (Page,), {})
    with HTTPServer(("127.0.0.1", 0), page) as listening:
        serving = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        monkeypatch.setenv("VAGUEMESTRE_LISTEN__METRICS", f"127.0.0.1:{listening.server_address[1]}")
        yield page
        listening.shutdown()
        serving.join()


def test_one_look_is_json_for_programs(vaguemestre: CommandLine, server: type[Page]) -> None:
    numbers = vaguemestre("top", "--json").json()
    assert isinstance(numbers, dict)
    assert numbers["vaguemestre_messages_accepted_total"] == {"submission, PER": 3}


def two_in_a_row(page: type[Page]) -> tuple[HTTPServer, HTTPServer]:
    while True:
        first = HTTPServer(("127.0.0.1", 0), page)
        try:
            return first, HTTPServer(("127.0.0.1", first.server_address[1] + 1), page)
        except OSError:
            first.server_close()  # the next port is somebody's: another pair


def test_what_several_processes_tell_is_put_together(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUEMESTRE_PROCESSES", "3")  # the third is being started again
    servers = two_in_a_row(Page)
    serving = [threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}) for one in servers]
    for thread in serving:
        thread.start()
    monkeypatch.setenv("VAGUEMESTRE_LISTEN__METRICS", f"127.0.0.1:{servers[0].server_address[1]}")
    numbers = vaguemestre("top", "--json").json()
    for server, thread in zip(servers, serving, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()
    assert isinstance(numbers, dict)
    assert numbers["vaguemestre_messages_accepted_total"] == {"submission, PER": 6}
    assert numbers["vaguemestre_connections"] == {"imap": 4}


def test_piped_it_is_drawn_once(vaguemestre: CommandLine, server: type[Page]) -> None:
    said = vaguemestre("top")
    assert said.status == 0
    assert "submission, PER" in said.out
    assert "connections" in said.out


def test_ctrl_c_ends_it_and_leaves_the_terminal_as_it_was(
    vaguemestre: CommandLine, server: type[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(time, "sleep", interrupted)
    said = vaguemestre("top")
    assert (said.status, said.err) == (0, "")
    assert said.out.rstrip().endswith("\x1b[?25h") or "\x1b[?1049l" in said.out


def test_the_token_is_shown(
    vaguemestre: CommandLine, server: type[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.token = "Bearer un jeton"
    assert vaguemestre("top", "--json").status == 5
    token = vaguemestre.config.parent / "token"
    token.write_text("un jeton\n")
    monkeypatch.setenv("VAGUEMESTRE_METRICS__TOKEN_FILE", str(token))
    assert vaguemestre("top", "--json").status == 0


def test_a_server_that_is_not_there_is_told_in_a_sentence(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "listen" in vaguemestre("top").err
    monkeypatch.setenv("VAGUEMESTRE_LISTEN__METRICS", "127.0.0.1:1")
    said = vaguemestre("top")
    assert (said.status, "127.0.0.1:1" in said.err) == (5, True)


def drawn(now: dict[tuple[str, str], float], before: dict[tuple[str, str], float] | None) -> str:
    written = io.StringIO()
    Console(width=120, file=written).print(table(now, before, 2.0))
    return written.getvalue()


def test_rates_are_between_two_looks_and_begin_anew_with_the_server() -> None:
    accepted = ("vaguemestre_messages_accepted_total", "submission, PER")
    assert "90" not in drawn({accepted: 8}, None)
    assert "90" in drawn({accepted: 8}, {accepted: 5})
    assert "-" not in drawn({accepted: 1}, {accepted: 5})


def test_many_of_a_kind_become_one_line() -> None:
    many = {("vaguemestre_refusals_total", f"RULE-{number:02}"): float(number) for number in range(40)}
    text = drawn(many, None)
    assert "RULE-39" in text
    assert "RULE-01" not in text
    assert "…" in text
