"""Which of the two languages a text is written in, by its letters alone.

Han characters against all letters: "iPhone 手机壳有吗" is Chinese. Addresses and numbers are in no
language: "退货 AB-1234, mei@example.com" is Chinese, too. It knows no words, so it cannot
tell English from German; every text without Han characters is "en".
"""

import re

from bot.language.wording import HAN
from bot.types import Language

HAN_SHARE = 0.2
_SAMPLE = 4000  # characters; a document's language shows in its first page
_HAN = re.compile(HAN)
_RUN = re.compile(r"[!-~]+")
_IN_NO_WORD = re.compile(r"[@\d]|://")


def detect_language(text: str, default: Language = "en") -> Language:
    """The language of `text`; `default` when it holds no word at all ("123", "👍")."""
    sample = _RUN.sub(lambda run: "" if _IN_NO_WORD.search(run[0]) else run[0], text[:_SAMPLE])
    letters = sum(map(str.isalpha, sample))
    if not letters:
        return default
    return "zh" if len(_HAN.findall(sample)) >= HAN_SHARE * letters else "en"
