"""The Dockerfile, read line by line: what it copies exists, what it installs is pinned, nobody is root."""

import fnmatch
import json
import re
import shlex
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

from tests.support.tree import ROOT, modules

KNOWN = {
    "FROM",
    "RUN",
    "CMD",
    "EXPOSE",
    "ENV",
    "COPY",
    "ENTRYPOINT",
    "VOLUME",
    "USER",
    "WORKDIR",
    "HEALTHCHECK",
}


class Instruction(NamedTuple):
    """One instruction, its continued lines joined."""

    name: str
    rest: str


def _instructions() -> list[Instruction]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text))
    lines = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [Instruction(name, rest) for name, rest in lines]


def _last(name: str) -> str:
    return [instruction.rest for instruction in _instructions() if instruction.name == name][-1]


def _pins(lock: Path) -> dict[str, str]:
    """Each package of a lock file, with everything that pins it; its ``via`` lines left out."""
    entries = re.split(r"(?m)^(?=[a-z])", re.sub(r"(?m)^ +#.*\n?", "", lock.read_text(encoding="utf-8")))
    return {re.split(r"[=\[]", entry)[0]: entry.strip() for entry in entries if entry.strip()}


def _context(path: str) -> bool:
    """Whether .dockerignore lets a path in: the last pattern that matches decides."""
    allowed = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.lstrip("!")
        if line and not line.startswith("#") and fnmatch.fnmatch(path, pattern):
            allowed = line.startswith("!")
    return allowed


def test_every_instruction_is_known() -> None:
    assert not {instruction.name for instruction in _instructions()} - KNOWN


def test_every_copied_path_exists_and_reaches_the_engine() -> None:
    copies = [shlex.split(i.rest) for i in _instructions() if i.name == "COPY" and "--from=" not in i.rest]
    sources = [source for *paths, _ in copies for source in paths]
    assert sources
    assert not [source for source in sources if not (ROOT / source).exists()]
    assert not [source for source in sources if not _context(source)]


def test_no_secret_reaches_the_engine() -> None:
    assert not [path for path in ("secrets", "var", ".git", ".venv", ".env", "certs") if _context(path)]


def test_stages_that_are_copied_from_exist() -> None:
    stages = {match[1] for i in _instructions() if (match := re.search(r" AS (\w+)$", i.rest))}
    used = {match[1] for i in _instructions() if (match := re.match(r"--from=(\w+)", i.rest))}
    assert used
    assert used <= stages


def test_both_stages_run_the_same_python() -> None:
    images = {instruction.rest.split()[0] for instruction in _instructions() if instruction.name == "FROM"}
    assert len(images) == 1


def test_whatever_is_installed_is_pinned_with_its_hashes() -> None:
    installs = [i.rest for i in _instructions() if i.name == "RUN" and "pip install" in i.rest]
    assert installs
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation ." in line for line in installs)


def test_the_process_is_not_root() -> None:
    user = _last("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)  # numbers: Kubernetes refuses to guess from a name
    assert any(f"--uid {user.partition(':')[0]}" in i.rest for i in _instructions() if i.name == "RUN")


def test_the_entry_point_is_a_script_of_the_project() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert json.loads(_last("ENTRYPOINT"))[0] in scripts


def test_exposed_ports_are_those_that_are_listened_on() -> None:
    listened = re.findall(r"VAGUEMESTRE_LISTEN__\w+=\S+?:(\d+)", " ".join(i.rest for i in _instructions()))
    assert sorted(_last("EXPOSE").split()) == sorted(listened)


def test_the_health_check_is_python_that_compiles() -> None:
    command = json.loads(_last("HEALTHCHECK").partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")


def test_the_pins_of_the_image_are_those_of_the_tests() -> None:
    image, full = _pins(ROOT / "requirements.image.lock"), _pins(ROOT / "requirements.lock")
    assert image
    assert image.items() <= full.items()


def test_the_image_holds_everything_that_the_source_imports() -> None:
    found = (re.findall(r"(?m)^\s*(?:import|from) (\w+)", module.text) for module in modules())
    foreign = {name for names in found for name in names} - sys.stdlib_module_names - {"vaguemestre"}
    distributions = packages_distributions()
    lacking = {
        name
        for name in foreign & distributions.keys()
        if not {re.sub(r"[-_.]+", "-", d).lower() for d in distributions[name]}
        & _pins(ROOT / "requirements.image.lock").keys()
    }
    assert not lacking
