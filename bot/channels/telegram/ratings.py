"""👍 and 👎 under an answer in Telegram: kept before the press is confirmed, then shown as pressed.

What is kept, and for which answers, is `bot/conversations/feedback.py`'s matter.
"""

from sqlmodel import Session

from bot import metrics
from bot.channels.telegram.keyboards import Keyboards
from bot.channels.telegram.message import under
from bot.channels.telegram.updates import Press
from bot.conversations import feedback
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.texts import t
from bot.types import Turn, now


class Ratings:
    """Takes presses, one call each."""

    def __init__(self, db: Database, keyboards: Keyboards) -> None:
        self._db = db
        self._keyboards = keyboards

    async def take(self, press: Press) -> str:
        """Keep a press that has a `rating`; what to tell the shopper. Durable when it returns."""
        kept = await self._db.write(lambda session: _keep(session, press))
        if kept is None or press.rating is None:
            return t("telegram.button_old", press.language or "en")
        turn, changed = kept
        if changed:
            metrics.rated(press.rating)
        self._keyboards.draw(press)
        return t("telegram.rated_up" if press.rating > 0 else "telegram.rated_down", turn.language)


def _keep(session: Session, press: Press) -> tuple[Turn, bool] | None:
    """The answer that was rated, and whether that is news; None when there is no such answer in
    the press's chat."""
    found = under(session, press)
    if found is None or press.rating is None:
        return None
    row, turn = found
    changed = feedback.rate(session, saved(row.id), turn.id, press.rating, at=now())
    return None if changed is None else (turn, changed)
