"""How much is read of what a stranger wrote: the bound that every rule on words relies on.

The whole text is stored, and people see it. The bot reads the beginning and the end of a long one,
and a few of a character that is held down: nobody needs four thousand full stops to be understood.
It understands nothing itself.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from string import ascii_letters, digits

from bot.types import Claim

MESSAGE = 1000  # characters read of one message
BURST = 3000  # characters read of all messages that one answer covers
_HELD = 8  # characters that are read of one that is held down; digits are all read
_HELD_DOWN = re.compile(rf"(\D)\1{{{_HELD},}}", re.DOTALL)
_WORD = ascii_letters + digits + "@._+-"  # half a word, number or address would be another one


@lru_cache(maxsize=1024)  # of a history that comes with each message
def readable(text: str, most: int = MESSAGE) -> str:
    """What the bot reads of `text`: all of it, or about `most` characters."""
    read = _ends(_HELD_DOWN.sub(lambda held: held[1] * _HELD, text), most)
    spelled = unicodedata.normalize("NFKC", read)
    # Some characters are spelled out as a whole phrase: "ﷺ" becomes 18.
    return read if len(spelled) <= 2 * most else _ends(spelled, most)


def readable_burst(texts: Sequence[str]) -> list[str]:
    """What the bot reads of the messages of one burst; only the longest of them are shortened."""
    read = list(map(readable, texts))
    room = BURST
    shortest_first = sorted(range(len(read)), key=lambda place: len(read[place]))
    for done, place in enumerate(shortest_first):
        read[place] = readable(read[place], room // (len(read) - done))
        room -= len(read[place])
    return read


def readable_claim(claim: Claim) -> Claim:
    """The burst with as much of its words, and of those before it, as the bot reads."""
    texts = readable_burst([message.text for message in claim.messages])
    messages = (
        replace(message, text=text, quote=readable(message.quote))
        for message, text in zip(claim.messages, texts, strict=True)
    )
    history = (replace(turn, text=readable(turn.text)) for turn in claim.history)
    return replace(claim, messages=tuple(messages), history=tuple(history))


def _ends(text: str, most: int) -> str:
    """The beginning and the end of a longer text, half of `most` each, cut between words."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half].rstrip(_WORD)}\n{text[-half:].lstrip(_WORD)}"
