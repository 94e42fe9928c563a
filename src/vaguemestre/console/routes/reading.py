"""What a warrant lets somebody read: folders, messages, their source, their attachments. domain.md §2.

Every page here is a look of its own: the service judges it, writes it down and tells the holder in the
transaction that reads. What comes back is marked with who looks, is kept by no cache, and leaves the screen
when the warrant ends. What is saved comes as octets that no browser shows.
"""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.letter import TEXTS, disposition, letter, part_of
from vaguemestre.console.numbers import Number
from vaguemestre.console.visitor import allowed
from vaguemestre.mail.mailbox import MailboxId, Uid
from vaguemestre.policy.administration import Permission
from vaguemestre.service.access.reading import LAST, Folders, NotThere, WarrantEnded, Way
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.ports.warrant import WarrantId

router = APIRouter()

MayRead = Annotated[Here, Depends(allowed(Permission.READ_CONTENT))]

_NOTHING_ACTS: Final = "default-src 'none'; sandbox"


@router.get("/warrants/{number}/folders")
async def folders(request: Request, number: Number, desk: DeskHere, visitor: MayRead) -> Response:
    """What there is to read."""
    try:
        found = await desk.reading.folders(WarrantId(number), visitor.administrator)
    except WarrantEnded:
        return ended(number)
    return reading_page(request, desk, visitor, "reading_folders.html", found)


@router.get("/warrants/{number}/folders/{mailbox}")
async def messages(
    request: Request,
    number: Number,
    mailbox: Number,
    desk: DeskHere,
    visitor: MayRead,
    before: Annotated[int, Query(ge=0, le=LAST)] = LAST,
) -> Response:
    """Some messages of a folder, the latest first."""
    who, warrant = visitor.administrator, WarrantId(number)
    try:
        found = await desk.reading.folders(warrant, who)
        page = await desk.reading.page(warrant, who, MailboxId(mailbox), Uid(before))
    except WarrantEnded:
        return ended(number)
    except NotThere:
        raise HTTPException(404) from None
    return reading_page(
        request, desk, visitor, "reading_list.html", found, page=page, is_first=before == LAST
    )


@router.get("/warrants/{number}/folders/{mailbox}/{uid}")
async def message(
    request: Request, number: Number, mailbox: Number, uid: Number, desk: DeskHere, visitor: MayRead
) -> Response:
    """One message."""
    who, warrant = visitor.administrator, WarrantId(number)
    try:
        found = await desk.reading.folders(warrant, who)
        octets = await desk.reading.message(warrant, who, MailboxId(mailbox), Uid(uid))
    except WarrantEnded:
        return ended(number)
    except NotThere:
        raise HTTPException(404) from None
    read = await asyncio.to_thread(letter, octets)
    folder = next((one for one, _ in found.mailboxes if one.id == mailbox), None)
    return reading_page(
        request,
        desk,
        visitor,
        "reading_message.html",
        found,
        folder=folder,
        uid=uid,
        size=len(octets),
        drawable=desk.pictures.kinds | TEXTS,
        letter=read,
    )


@router.get("/warrants/{number}/folders/{mailbox}/{uid}/source")
async def source(number: Number, mailbox: Number, uid: Number, desk: DeskHere, visitor: MayRead) -> Response:
    """The whole message as it came, to be saved."""
    try:
        octets = await desk.reading.message(
            WarrantId(number), visitor.administrator, MailboxId(mailbox), Uid(uid), Way.SOURCE
        )
    except WarrantEnded:
        return ended(number)
    except NotThere:
        raise HTTPException(404) from None
    return _saved(octets, f"message-{uid}.eml")


@router.get("/warrants/{number}/folders/{mailbox}/{uid}/attachments/{part}")
async def attachment(
    number: Number, mailbox: Number, uid: Number, part: Number, desk: DeskHere, visitor: MayRead
) -> Response:
    """One attachment, to be saved."""
    try:
        octets = await desk.reading.message(
            WarrantId(number), visitor.administrator, MailboxId(mailbox), Uid(uid), Way.DOWNLOAD, part
        )
    except WarrantEnded:
        return ended(number)
    except NotThere:
        raise HTTPException(404) from None
    found = await asyncio.to_thread(part_of, octets, part)
    if found is None:
        raise HTTPException(404)
    return _saved(found.octets, found.name)


def _saved(octets: bytes, name: str) -> Response:
    """Octets and nothing else, whatever they say they are: no browser shows them."""
    headers = {"content-disposition": disposition(name), "content-security-policy": _NOTHING_ACTS}
    return Response(octets, media_type="application/octet-stream", headers=headers)


def reading_page(
    request: Request,
    desk: Desk,
    visitor: Here,
    template: str,
    found: Folders,
    code: int = 200,
    **values: object,
) -> Response:
    """A page of contents: marked, and gone when the warrant ends."""
    now = desk.clock.now()
    warrant = found.warrant
    response = desk.pages.render(
        request, template, code, visitor, warrant=warrant, bal=found.bal, found=found, now=now, **values
    )
    left = max(int((warrant.until - now).total_seconds()), 0) + 1
    response.headers["refresh"] = f"{left}; url=/warrants/{warrant.id}"
    return response


def ended(number: int) -> Response:
    """To the page that tells what became of the warrant."""
    return RedirectResponse(f"/warrants/{number}", 303)
