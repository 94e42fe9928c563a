"""The console's own style and scripts: kept by browsers for a year, since their names change with them."""

from fastapi import APIRouter, HTTPException, Response

from vaguemestre.console.desk import DeskHere

router = APIRouter()


@router.get("/static/{name}")
async def file(name: str, desk: DeskHere) -> Response:
    """One file."""
    asset = desk.pages.assets.get(name)
    if asset is None:
        raise HTTPException(404)
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(asset.octets, media_type=asset.media_type, headers=kept)
