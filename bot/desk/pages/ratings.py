"""The admin's page of ratings: how many answers are liked, and which were not.

What is kept of a rating is `bot/conversations/feedback.py`'s matter; mending the knowledge is
done in its files.
"""

from datetime import timedelta

from sqlmodel import Session
from starlette.responses import Response

from bot.conversations import feedback
from bot.conversations.feedback import Disliked
from bot.desk.pages.guard import Call, Desk
from bot.types import now

DAYS = 30


async def ratings_page(desk: Desk, call: Call) -> Response:
    since = now() - timedelta(days=DAYS)

    def work(session: Session) -> tuple[tuple[int, int], list[Disliked]]:
        return feedback.counts(session, since=since), feedback.disliked(session)

    (up, down), disliked = await desk.db.query(work)
    return call.page("ratings.html", up=up, down=down, days=DAYS, disliked=disliked)
