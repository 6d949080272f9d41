"""How counts are worded, for pages, the terminal and the bot: no more than what was counted."""

from bot.studio.reviews.points import Point, how_many
from bot.texts import t


def share_of(point: Point, language: str) -> str:
    """ "few: 2 of 40 reviews (5 %)"; the word only where few, many or most say it."""
    return share(point.count, point.whole, language)


def share(count: int, whole: int, language: str) -> str:
    """The same of a bare count."""
    said = counted(count, whole, language)
    return t(f"reviews.{how_many(count, whole)}", language, share=said)


def counted(count: int, whole: int, language: str) -> str:
    """ "2 of 40 reviews (5 %)"."""
    percent = round(100 * count / whole) if whole else 0
    return t("reviews.share", language, count=count, whole=whole, percent=percent)
