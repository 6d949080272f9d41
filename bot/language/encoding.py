"""Bytes to text: UTF-8, UTF-16 with its mark, windows-1252, GB18030 or Big5.

Nearly any bytes are text in the last three. So they are read as windows-1252 where accents and
signs stand as Western words have them, as Chinese where the characters make words, and else
refused. charset-normalizer is no help: it takes a short sheet in GB18030 for Big5, and prices in
euros for a text of DOS.
"""

import re
from io import BytesIO
from itertools import islice

from bot.language.wording import plain

# The share of the Chinese characters that stand in words of several; in the demo shop's lines .38.
_WORDS = 0.25
_LINES, _BYTES = 1000, 1 << 16  # of the lines with a foreign letter, by which Chinese is told
_HAN = re.compile(r"[\u0370-\u1fff\u3040-\ud7ff\ue000-\ufaff\U00020000-\U0003ffff]")
_NEVER = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff]")
# What windows-1252 shows for a text in another code page: odd signs, three foreign letters in a
# row, a foreign letter that stands alone, or beside a digit, or whose case is not its neighbour's,
# a sign inside a word, a closing mark where one opens.
_SMALL, _LARGE = "ß-öø-ÿœšž", "À-ÖÙ-ÞŒŠŽŸ"  # without Ø, which is a diameter
_MESS = re.compile(
    rf"[¤¦¨¬¯¶¸ƒˆ˜†‡‰\xad]|[{_SMALL}{_LARGE}]{{3}}|[a-z{_SMALL}][{_LARGE}]|[{_SMALL}][A-Z]"
    rf"|\d[{_SMALL}{_LARGE}]|[{_SMALL}{_LARGE}]\d|[^\W_][‚„]|\d ?[¡¿]"
    rf"|(?<![A-Za-z'’])(?![àÀéÉ])[{_SMALL}{_LARGE}](?![A-Za-z'’])"
    rf"|[A-Za-z{_SMALL}{_LARGE}][‘“”«»¡¿¢£¥€§°±²³¹µ·×÷¼½¾][a-z{_SMALL}]"
)


def decoded(data: bytes) -> str:
    """The text without its byte order mark; `UnicodeDecodeError` where it is in no encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        if text := _guessed(data):
            return text
        raise


def line_of(error: UnicodeDecodeError) -> int:
    """The line, from 1, in which it is seen that bytes are no text."""
    return error.object[: error.start].count(b"\n") + 1


def _guessed(data: bytes) -> str:
    """The text; "" where none comes out plain."""
    text = _in("cp1252", data)
    if text and not _MESS.search(text):
        return text
    told = b"".join(islice((line for line in BytesIO(data) if not line.isascii()), _LINES))
    share, encoding = max((_share(told[:_BYTES], each), each) for each in ("gb18030", "big5"))
    return _in(encoding, data) if share >= _WORDS else ""


def _in(encoding: str, data: bytes) -> str:
    """The whole text; "" where it is none in that encoding, or no plain one."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "" if _NEVER.search(text) else text


def _share(told: bytes, encoding: str) -> float:
    """How many of the characters that are not Latin stand in Chinese words."""
    import rjieba  # loads its dictionary, half a second

    text = plain(told.decode(encoding, "ignore"))
    words = (word for word in rjieba.cut(text, False) if len(word) > 1 and _HAN.match(word))
    return sum(map(len, words)) / max(len(_HAN.findall(text)), 1)
