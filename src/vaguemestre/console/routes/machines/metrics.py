"""``/metrics``: the figures as Prometheus reads them, to whoever may have them."""

from fastapi import APIRouter, HTTPException, Request, Response

from vaguemestre.console.machines import MachinesHere

router = APIRouter()


@router.api_route("/metrics", methods=["GET", "HEAD"])
async def metrics(request: Request, machines: MachinesHere) -> Response:
    """One page. 401 without the token (RFC 6750 §3); 404 where numbers are not given at all."""
    if not machines.may_read(request.headers.get("authorization", "")):
        if not machines.token:
            raise HTTPException(404)
        raise HTTPException(401, headers={"www-authenticate": "Bearer"})
    page = machines.exposition.text(await machines.readings.read())
    return Response(page, media_type=machines.exposition.content_type)
