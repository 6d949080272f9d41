"""What goes with a product, as JSON for the shop's own pages: `GET /api/suggestions?sku=…&lang=…`.

Any page may read it, without a cookie: the answer is the same for everybody, and nobody's orders
are looked at for it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels.web.pages import language_of
from bot.texts import t
from bot.types import Language, Suggested

_LONGEST = 100  # characters of a SKU
_KEPT = 300  # seconds

Suggest = Callable[[str, Language], Sequence[Suggested] | None]
"""What goes with the product of that SKU; None where there is no such product."""


async def suggestions(request: Request, suggest: Suggest) -> Response:
    """The products with their reasons in words, the best first; 404 for an unknown SKU."""
    sku, language = request.query_params.get("sku", "")[:_LONGEST], language_of(request)
    found = await asyncio.to_thread(suggest, sku, language) if sku else None
    if found is None:
        response = JSONResponse({"error": t("suggest.error_sku", language)}, 404)
    else:
        told = [asdict(each) for each in found]
        title = t("suggest.strip", language)
        response = JSONResponse({"sku": sku, "title": title, "suggestions": told})
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = f"public, max-age={_KEPT}"
    response.headers["Vary"] = "Accept-Language"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
