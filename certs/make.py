"""Makes a development certificate authority and a server certificate: ``make.py DIR [HOST …]``."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from vaguemestre.net.development_pki import LOCAL_HOSTS, make_development_pki


def main(arguments: list[str]) -> int:
    """Make the files and say where they are; 2 when the folder is not named, 1 when they exist already."""
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    folder, *hosts = arguments
    try:
        pki = make_development_pki(Path(folder), datetime.now(UTC), hosts or LOCAL_HOSTS)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"authority   {pki.authority}\ncertificate {pki.certificate}\nkey         {pki.key}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
