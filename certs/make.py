"""Makes development certificates.

``make.py DIR [HOST …]``: an authority and the certificate of a server that mail clients meet.
``make.py --health DIR``: authorities, operators, revocation lists: what operators meet one another with.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from vaguemestre.net.development_pki import LOCAL_HOSTS, make_development_pki
from vaguemestre.net.health_pki import make_health_pki


def main(arguments: list[str]) -> int:
    """Make the files and say where they are; 2 when the folder is not named, 1 when they exist already."""
    is_health = arguments[:1] == ["--health"]
    names = arguments[is_health:]
    if not names or names[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    folder, *hosts = names
    try:
        if is_health:
            print("\n".join(_health(Path(folder))))
        else:
            print("\n".join(_server(Path(folder), hosts)))
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _server(folder: Path, hosts: list[str]) -> list[str]:
    pki = make_development_pki(folder, datetime.now(UTC), hosts or LOCAL_HOSTS)
    return [f"authority   {pki.authority}", f"certificate {pki.certificate}", f"key         {pki.key}"]


def _health(folder: Path) -> list[str]:
    pki = make_health_pki(folder, datetime.now(UTC))
    certificates = sorted(path for path in folder.glob("*.pem") if path.with_suffix(".key").exists())
    said = [f"authorities {pki.authorities}", *(f"list        {path}" for path in pki.lists)]
    return said + [f"certificate {path}" for path in certificates]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
