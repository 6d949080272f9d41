"""A draft of a reply to a bad review: it thanks, names what the customer named, and asks them to
write. It promises nothing; a person reads it before it is posted."""

from bot.studio.reviews.analysis import ASPECT, SAFETY
from bot.studio.reviews.report import mood
from bot.studio.reviews.store import Kept
from bot.texts import t

_NAMED = 3  # things


def wants_reply(review: Kept) -> bool:
    """Whether somebody should answer it."""
    return mood(review) == "bad" or any(each.kind == SAFETY for each in review.statements)


def draft(review: Kept) -> str:
    """In the review's language."""
    language = review.language
    praised, complained = (_things(review, sign) for sign in (1, -1))
    said = [t("reviews.reply_thanks", language)]
    if praised:
        said.append(t("reviews.reply_glad", language, praised=praised))
    if any(each.kind == SAFETY for each in review.statements):
        said.append(t("reviews.reply_danger", language))
    elif complained:
        said.append(t("reviews.reply_sorry", language, complained=complained))
        said.append(t("reviews.reply_ask", language))
    else:
        said.append(t("reviews.reply_sorry_plain", language))
        said.append(t("reviews.reply_ask", language))
    return ("" if language == "zh" else " ").join(said)


def _things(review: Kept, sign: int) -> str:
    """What the review judges so, as a list of words."""
    terms = dict.fromkeys(
        each.term for each in review.statements if each.kind == ASPECT and each.polarity == sign
    )
    named = [t("reviews.the", review.language, thing=each) for each in list(terms)[:_NAMED]]
    if len(named) < 2:
        return "".join(named)
    comma, last = t("reviews.comma", review.language), t("reviews.and", review.language)
    return comma.join(named[:-1]) + last + named[-1]
