"""Writes the pages of docs/ that the code knows best: ``python -m vaguemestre.cli.docs docs``.

``make docs`` runs it; a test holds each page equal to what this would write today.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import vaguemestre
from vaguemestre.cli.pages import operations, rfc, roles, rules, settings

PACKAGE = Path(vaguemestre.__file__).parent

PAGES: dict[str, Callable[[Path], str]] = {
    "operations.md": operations.render,
    "rfc.md": lambda _: rfc.render(PACKAGE),
    "roles.md": lambda _: roles.render(),
    "rules.md": lambda _: rules.render(),
    "settings.md": lambda _: settings.render(),
}
"""File name in docs/: what writes its text, given that folder."""


def write_pages(folder: Path) -> list[Path]:
    """Write every page into ``folder``; return those whose text changed. Raises OSError."""
    changed = []
    for name, render in PAGES.items():
        page, text = folder / name, render(folder)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            changed.append(page)
    return changed


def main() -> int:
    """Write into the folder named by the only argument; exit status 2 when there is none."""
    if len(sys.argv) != 2:
        print("usage: python -m vaguemestre.cli.docs FOLDER", file=sys.stderr)
        return 2
    for page in write_pages(Path(sys.argv[1])):
        print(f"{page}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
