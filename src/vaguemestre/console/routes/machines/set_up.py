"""What mail programs ask to set themselves up, without signing in: nothing here says who has a mailbox."""

import asyncio

from fastapi import APIRouter, HTTPException, Request, Response

from vaguemestre.console.forms import form_of
from vaguemestre.console.machines import Machines, MachinesHere
from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address
from vaguemestre.service.telling.set_up import (
    SetUp,
    address_asked,
    mozilla_document,
    outlook_document,
    outlook_refusal,
)

router = APIRouter()

_XML = "application/xml"


@router.get("/mail/config-v1.1.xml")
@router.get("/.well-known/autoconfig/mail/config-v1.1.xml")
async def mozilla(machines: MachinesHere, emailaddress: str = "") -> Response:
    """Thunderbird and its like; 404 for an address of another domain."""
    set_up = _of(machines)
    if emailaddress:
        _ours(set_up, emailaddress)
    return Response(mozilla_document(set_up.access), media_type=_XML)


@router.post("/autodiscover/autodiscover.xml")
@router.post("/Autodiscover/Autodiscover.xml")
async def outlook(request: Request, machines: MachinesHere) -> Response:
    """Outlook, which asks with an XML document of its own."""
    set_up = _of(machines)
    asked = address_asked(await request.body())
    try:
        document = outlook_document(set_up.access, str(_ours(set_up, asked)))
    except HTTPException:
        document = outlook_refusal()  # with 200: Outlook reads no other
    return Response(document, media_type=_XML)


@router.get("/apple.mobileconfig")
async def apple(machines: MachinesHere, address: str = "") -> Response:
    """A profile for iPhone, iPad and Mac, signed with the server's certificate."""
    set_up = _of(machines)
    profile = await asyncio.to_thread(set_up.apple, _ours(set_up, address))
    kept = {"content-disposition": 'attachment; filename="messagerie.mobileconfig"'}
    return Response(profile, media_type="application/x-apple-aspen-config", headers=kept)


@router.post("/devices/apple")
async def apple_by_form(request: Request, machines: MachinesHere) -> Response:
    """The same for the page that connects a device: no address in a path, where an INS would be kept."""
    return await apple(machines, (await form_of(request)).get("address", ""))


def _of(machines: Machines) -> SetUp:
    if machines.set_up is None:
        raise HTTPException(404)
    return machines.set_up


def _ours(set_up: SetUp, text: str) -> Address:
    try:
        address = parse_address(text)
    except AddressSyntaxError:
        raise HTTPException(404) from None
    if not set_up.access.serves(address):
        raise HTTPException(404)
    return address
