"""The admin's page of ratings: how many answers are liked, and which were not; what shoppers say of
a person's help.

What is kept of a rating is `bot/conversations/feedback.py`'s matter; mending the knowledge is
done in its files.
"""

from datetime import timedelta
from typing import Any

from sqlmodel import Session
from starlette.responses import Response

from bot.conversations import feedback
from bot.desk.pages.guard import Call, Desk
from bot.types import now

DAYS = 30


async def ratings_page(desk: Desk, call: Call) -> Response:
    since = now() - timedelta(days=DAYS)

    def work(session: Session) -> dict[str, Any]:
        up, down = feedback.counts(session, since=since)
        content_up, content_down = feedback.counts(session, since=since, help=True)
        return {
            "up": up,
            "down": down,
            "disliked": feedback.disliked(session),
            "content_up": content_up,
            "content_down": content_down,
            "contents": feedback.satisfactions(session, since=since),
        }

    return call.page("ratings.html", days=DAYS, **await desk.db.query(work))
