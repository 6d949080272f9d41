"""One spelling for the many ways in which the same words are typed.

Every rule on words (wishes, mood, small talk) matches folded text, so full-width letters, capitals,
traditional characters, curly apostrophes, invisible characters and emoji are settled here, once.
It does not correct spelling and does not cut Chinese into words.
"""

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.types import Language

if TYPE_CHECKING:
    from opencc import OpenCC

_LEXICONS = Path(__file__).parent / "lexicons"
_SIGNS = str.maketrans("’‘`´“”妳衹", "''''\"\"你只")  # OpenCC leaves two variants alone
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\ud800-\udfff\ufe00-\ufe0f\ufeff]")
_SPACES = re.compile(r"\s+")
_NOT_WORDS = re.compile(r"[^\w\s']|_")
_REFERENCE = re.compile(r"(?<!\?P)<([a-z_]+)>")
HAN = r"[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
"""A Chinese character, for regular expressions. It says all that "Chinese" means in rules."""
_HAN = re.compile(HAN)
_READ = 480  # bytes of a long text: 480 letters of English, 160 characters of Chinese
_BETWEEN_HAN = re.compile(rf"(?<={HAN})[\s\-_.·*~]+(?={HAN})")


def has_han(text: str) -> bool:
    """Whether `text` holds a Chinese character."""
    return _HAN.search(text) is not None


def grammar(text: str) -> Language:
    """The language whose rules read `text`."""
    return "zh" if has_han(text) else "en"


@cache
def lexicon(name: str) -> dict[str, Any]:
    """The data of `lexicons/<name>.yaml`."""
    text = (_LEXICONS / f"{name}.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def rule(grammar: str, name: str) -> re.Pattern[str]:
    """One rule of a lexicon that is a grammar, as one compiled alternation.

    The lexicon's `words` are named pieces, each a regular expression or a list of them; `<name>` in
    a piece or a rule stands for that piece.
    """
    data = lexicon(grammar)

    def alternatives(value: str | list[str]) -> str:
        options = [value] if isinstance(value, str) else sorted(value, key=len, reverse=True)
        return "(?:" + "|".join(map(expand, options)) + ")"

    def expand(text: str) -> str:
        return _REFERENCE.sub(lambda found: alternatives(data["words"][found[1]]), text)

    return re.compile(alternatives(data[name]))


@cache
def _simplifier() -> "OpenCC":
    # 40 ms and 7 MB, which a shop without Chinese shoppers never needs.
    from opencc import OpenCC

    return OpenCC("t2s")


@lru_cache(maxsize=1024)  # a message's words are asked for by many rules
def plain(text: str) -> str:
    """`text` with one form per character: half-width, simplified, straight quotes; case is kept."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_SIGNS)
    return _SPACES.sub(" ", _simplifier().convert(text) if has_han(text) else text).strip()


@lru_cache(maxsize=1024)
def fold(text: str) -> str:
    """`plain`, lower case, and without the spaces that tear Chinese words ("人 工" is "人工")."""
    return _BETWEEN_HAN.sub("", plain(text).lower())


def ends(text: str) -> str:
    """The beginning and the end of a long text, where people say what they want; shorter ones
    whole. It bounds what a vector costs, and is found better by: among the words of a whole letter
    its question gets lost."""
    data = text.encode(errors="ignore")
    if len(data) <= _READ:
        return data.decode()
    half = (_READ - 1) // 2
    return f"{data[:half].decode(errors='ignore')} {data[-half:].decode(errors='ignore')}"


def words_only(folded: str) -> str:
    """Folded text without punctuation, symbols and emoji; apostrophes inside words stay."""
    return _SPACES.sub(" ", _NOT_WORDS.sub(" ", folded)).strip()
