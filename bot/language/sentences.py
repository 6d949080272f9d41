"""The sentences of a whole text, English and Chinese alike, Markdown or not.

A text that is still being written is cut elsewhere (`bot/writing/sentences.py`): a full stop there
has to wait for what follows, and passages' numbers are taken out on the way.
"""

import re

# A full stop ends a sentence only before a space and no small letter, and not in "e.g. " or "1. ".
_END = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bapprox)(?<!\bNo)(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bvs)"
    r"(?<!^\d)(?<!\n\d)(?<!^\d\d)(?<!\n\d\d)[.!?…]{1,8}[\"'”’)\]]{0,8}(?=\s+[^a-z\s]|\s*\n|\s*$)"
    r"|[。！？；!?…]+[”’」』）)\]]*|\n+"
)


def sentences(text: str) -> list[str]:
    """All sentences, each with the space that follows it; together they are the text."""
    found: list[str] = []
    start = at = 0
    while end := _END.search(text, at):
        at = end.end()
        while at < len(text) and text[at].isspace():
            at += 1
        if text[start:at].strip():
            found.append(text[start:at])
            start = at
    if text[start:].strip():
        found.append(text[start:])
    return found
