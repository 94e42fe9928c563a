"""``/healthz``: the process lives. ``/readyz``: it may be given clients."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse

from vaguemestre.console.machines import MachinesHere

router = APIRouter()


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def healthz() -> PlainTextResponse:
    """200 as long as the event loop turns: what is wrong around it is no reason to kill the process."""
    return PlainTextResponse("ok\n")


@router.api_route("/readyz", methods=["GET", "HEAD"])
async def readyz(machines: MachinesHere) -> JSONResponse:
    """200 or 503, and which part is not ready."""
    parts = await machines.readiness.look()
    ready = all(parts.values())
    return JSONResponse({"ready": ready, "parts": dict(parts)}, 200 if ready else 503)
