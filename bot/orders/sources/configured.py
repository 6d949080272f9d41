"""The live source that the settings name. It is where a third one is added."""

from datetime import tzinfo

from bot.errors import SettingsError
from bot.orders.checks import Reading
from bot.orders.sources import OrderSource


def source(
    kind: str, *, url: str | None, query: str | None, token: str | None, zone: tzinfo
) -> OrderSource | None:
    """None for "none"; `SettingsError` when something is missing, `SourceError` when it is wrong.

    The modules are imported here, so that a shop without a live source loads no HTTP client.
    """
    if kind == "sql":
        if not (url and query):
            raise _incomplete(kind, "BOT_ORDERS_URL, BOT_ORDERS_QUERY")
        from bot.orders.sources.sql import SqlSource

        return SqlSource(url, query, Reading(zone, source=kind))
    if kind == "shopify":
        if not (url and token):
            raise _incomplete(kind, "BOT_ORDERS_URL, BOT_ORDERS_TOKEN")
        from bot.orders.sources.shopify import ShopifySource

        return ShopifySource(url, token, Reading(zone, source=kind))
    return None


def _incomplete(kind: str, names: str) -> SettingsError:
    return SettingsError("orders.source_incomplete", source=kind, names=names)
