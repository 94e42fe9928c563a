"""What grows old: the directory, the trust list, our certificates. domain.md §6, §7."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple

from cryptography import x509
from fastapi import APIRouter, Depends, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.visitor import allowed
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.administration.sessions import Here

router = APIRouter()

MaySee = Annotated[Here, Depends(allowed(Permission.SEE_DIRECTORY))]


class Certificate(NamedTuple):
    """One that we present, by its file's name; ``ends`` is None when it cannot be read."""

    name: str
    ends: datetime | None


@router.get("/radar")
async def see(request: Request, desk: DeskHere, visitor: MaySee) -> Response:
    """The three, or the directory alone."""
    sees_trust = may(visitor.administrator.role, Permission.SEE_TRUST)
    return desk.pages.render(
        request,
        "radar.html",
        visitor=visitor,
        now=desk.clock.now(),
        directory=await desk.book.freshness(),
        sees_trust=sees_trust,
        trust=desk.trust,
        certificates=await asyncio.to_thread(_ends, desk.certificates) if sees_trust else (),
    )


def _ends(files: Sequence[Path]) -> list[Certificate]:
    return [Certificate(file.name, _end(file)) for file in files]


def _end(file: Path) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
