"""Which of the two languages a text is written in, by its letters alone.

Han characters against all letters: "iPhone 手机壳有吗" is Chinese. It knows no words, so it cannot
tell English from German; every text without Han characters is "en".
"""

import re

from bot.language.wording import HAN
from bot.types import Language

HAN_SHARE = 0.2
_SAMPLE = 4000  # characters; a document's language shows in its first page
_HAN = re.compile(HAN)


def detect_language(text: str, default: Language = "en") -> Language:
    """The language of `text`; `default` when it holds no letter at all ("123", "👍")."""
    sample = text[:_SAMPLE]
    letters = sum(map(str.isalpha, sample))
    if not letters:
        return default
    return "zh" if len(_HAN.findall(sample)) >= HAN_SHARE * letters else "en"
