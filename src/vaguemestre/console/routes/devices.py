"""Connect my device: a holder makes a password for a telephone or a computer, and takes one back.

The page is for holders and not for administrators: the mailbox's own address and password open it, for one
act at a time, and no session is begun. Guesses are counted and slowed as at every other door.
"""

from typing import Final

import segno
from fastapi import APIRouter, HTTPException, Request, Response
from markupsafe import Markup

from vaguemestre.console.desk import Desk, DeskHere
from vaguemestre.console.forms import form_of
from vaguemestre.console.machines import Machines, MachinesHere
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.accounts.devices import DeviceRefused, Proven
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.sign_in.outcome import SignInPostponed, SignInRefused
from vaguemestre.service.telling.set_up import PublicAccess, mobile_code

router = APIRouter()

_PATH: Final = "/devices"


@router.get(_PATH)
async def ask(request: Request, desk: DeskHere, machines: MachinesHere) -> Response:
    """The form."""
    _access(machines)
    return desk.pages.render(request, "devices.html", address="", problem=None, found=None)


@router.post(_PATH)
async def act(request: Request, desk: DeskHere, machines: MachinesHere) -> Response:
    """A password for a device, the list of devices, or one less; the form again when it cannot be."""
    form, access = await form_of(request), _access(machines)
    address, device = form.get("address", "").strip(), form.get("device", "")
    peer = request.client.host if request.client is not None else "?"
    try:
        holder = await desk.devices.prove(address, form.get("password", ""), peer)
        match form.get("act"):
            case "add":
                return await _connected(request, desk, access, holder, device)
            case "remove":
                await desk.devices.remove(holder.bal.address, device, holder.actor)
            case "list":
                pass
            case _:
                raise HTTPException(400)
        found = await desk.devices.of(holder.bal.address)
    except SignInRefused as refused:
        return _form(request, desk, 403, address, refused.sentence)
    except SignInPostponed as postponed:
        return _form(request, desk, 429, address, postponed.sentence)
    except DeviceRefused as refused:
        return _form(request, desk, 400, address, refused.sentence)
    except AccountUnknown:  # it went between the password and the act: as if it had gone before
        return _form(request, desk, 403, address, SignInRefused().sentence)
    return desk.pages.render(request, "devices.html", address=address, problem=None, found=found)


async def _connected(
    request: Request, desk: Desk, access: PublicAccess, holder: Proven, device: str
) -> Response:
    bal = holder.bal
    password = await desk.devices.add(bal.address, device, holder.actor)
    drawn = segno.make(mobile_code(access, bal.address, bal.name, password), micro=False, error="m")
    return desk.pages.render(
        request,
        "device.html",
        address=str(bal.address),
        device=device.strip(),
        password=password,
        access=access,
        picture=Markup(drawn.svg_inline(border=2, omitsize=True)),  # noqa: S704 (segno's own drawing)
    )


def _form(request: Request, desk: Desk, code: int, address: str, problem: Sentence) -> Response:
    return desk.pages.render(request, "devices.html", code, address=address, problem=problem, found=None)


def _access(machines: Machines) -> PublicAccess:
    if machines.set_up is None:
        raise HTTPException(404)
    return machines.set_up.access
