"""The source tree, read once, for the tests that hold the house rules."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "vaguemestre"


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: where it lies (relative to the repository) and its text."""

    path: str
    text: str

    @property
    def syntax(self) -> ast.Module:
        """Its syntax tree, made when first asked for: half the tests ask for none."""
        return _parsed(self.text)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _read(folder: Path) -> tuple[Module, ...]:
    return tuple(
        Module(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.py"))
    )


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package, by path."""
    return _read(PACKAGE)


@cache
def everything() -> tuple[Module, ...]:
    """The package, the tests and the benchmarks."""
    return tuple(module for name in ("src", "tests", "benchmarks") for module in _read(ROOT / name))


@cache
def pages() -> tuple[Path, ...]:
    """Every document: those at the top and those of docs/."""
    return tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "certs").glob("*.md")]))
