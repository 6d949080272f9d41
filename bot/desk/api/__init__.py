"""What other programs use: the REST API under /api/v1, and webhooks that are called out.

`docs/api.md` is its reference. It does what `bot/tickets/` offers, as the desk's pages do.
"""
