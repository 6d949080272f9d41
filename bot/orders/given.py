"""What the words of a wish say already of the reason, the replacement or the new address."""

import re

from bot.language.wording import fold
from bot.orders.change_rules import Change

_LONGEST = 500  # characters of a wish that are looked at

# An address in a wish: after a colon, or after "to" with a number in it; of China with its 区, 路.
_ADDRESS = re.compile(
    r"[:：]\s*(.{8,})$"
    r"|\bto (?:my )?(\d+[a-z]? [^?]{6,})$",
    re.IGNORECASE,
)
_REPLACEMENT = re.compile(
    r"\b(?:for|to|into|with) (?:an? |the |one in )?"
    r"((?!(?:me|it|you|swap|exchange|change|replace|return|send|get|have)\b)[^,.;?!]{1,60})$"
    r"|\b(?:get|have|like) (?:an? |the |(?:it|them|one) in )?([^,.;?!]{1,40}?) instead\b"
    r"|换(?:成|为|个|一?[件个双条]|(?=[\d大小]))([^，。！？,.!?吗呢]{1,30})",
    re.IGNORECASE,
)
_BECAUSE = re.compile(r"(?:\bbecause\b|\bsince\b|\bas it\b|因为)\s*([^?？]{3,})$", re.IGNORECASE)
# A clause that says something: "the mugs, the towel and the lamp" are items.
_CLAUSE = re.compile(
    r"(?:[,.;]\s*(?=(?:it|they|this|that|i)\b|the\b[^,]{1,40} (?:is|are|was|were|has|does|came)\b)"
    r"|[，。；](?=[^？?]{0,40}[不太坏破错小大了没是想有]))\s*([^?？]{4,})$",
    re.IGNORECASE,
)

_GIVEN = {
    Change.ADDRESS: (_ADDRESS,),
    Change.EXCHANGE: (_REPLACEMENT,),
    Change.RETURN: (_BECAUSE, _CLAUSE),
}


def given(change: Change, text: str) -> str:
    """What the words of a wish say already of the reason, the replacement or the new address; ""
    for nothing."""
    said = " ".join(text[:_LONGEST].split())
    found = next(filter(None, (each.search(said) for each in _GIVEN.get(change, ()))), None)
    return next((each.strip() for each in found.groups() if each), "") if found else ""


def wording(change: Change, text: str) -> str:
    """The words of a wish, folded, without what they say of the reason or the replacement."""
    said = given(change, text)
    return fold(text.replace(said, " ") if said else text)
