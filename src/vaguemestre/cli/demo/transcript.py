"""What the demonstration prints: steps, commands and replies, in French or in English.

``C:`` is the client, ``S:`` the server, as in the RFCs; a refusal is red because it is one, not because
something went wrong. A step that does not go as told ends the story with its name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.rule import Rule
from rich.text import Text

_WIDTH = 150  # octets of a protocol line shown at most


class StepFailed(Exception):  # noqa: N818 (the end of a story, not a fault of the program)
    """The story did not go as told; ``step`` names where."""

    def __init__(self, step: str, what: str) -> None:
        super().__init__(f"{step}: {what}")
        self.step = step
        self.what = what


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence in both languages."""

    en: str
    fr: str


class Transcript:
    """Prints the story; ``expect`` holds it to what it says."""

    def __init__(self, console: Console, french: bool) -> None:
        self._console = console
        self._french = french
        self._step = ""

    def say(self, said: Said) -> str:
        """The sentence in the reader's language."""
        return said.fr if self._french else said.en

    @contextmanager
    def step(self, number: int, title: Said) -> Iterator[None]:
        """One step of the story; whatever fails inside is told under its name."""
        self._step = f"step {number} ({title.en})"
        self._console.print()
        self._console.print(Rule(f"[bold]{number}. {escape(self.say(title))}", align="left", style="cyan"))
        try:
            yield
        except StepFailed:
            raise
        except Exception as error:
            raise StepFailed(self._step, f"{type(error).__name__}: {error}") from error

    def tell(self, said: Said) -> None:
        """A sentence of the story."""
        self._console.print(f"  [italic]{escape(self.say(said))}")

    def client(self, line: str) -> None:
        """What a client sent."""
        self._line("C:", line, "dim")

    def server(self, line: str, refused: bool = False) -> None:
        """What the server answered."""
        self._line("S:", line, "red" if refused else "green")

    def expect(self, holds: bool, what: str) -> None:
        """Go on only if it holds."""
        if not holds:
            raise StepFailed(self._step, f"expected {what}")

    def proven(self, said: Said) -> None:
        """Something that was checked, and holds."""
        self._console.print(f"  [bold green]✓[/] {escape(self.say(said))}")

    def show(self, renderable: object) -> None:
        """A table or a panel."""
        self._console.print(renderable)

    def _line(self, who: str, line: str, style: str) -> None:
        shown = line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"
        self._console.print(Text(f"    {who} ", style="bold").append(shown, style=style), soft_wrap=True)
