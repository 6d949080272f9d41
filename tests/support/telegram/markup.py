"""Message text as Telegram reads it: HTML, entities counted in UTF-16, trimming.

Follows the rules of TDLib's HTML reader. Markdown is not read; entities that overlap in a way that
Telegram forbids (bold inside code) are kept, where Telegram drops one.
"""

import re
from typing import Any

JSON = dict[str, Any]

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE = " \t\r\n\0\v"
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
_FOUND = (
    ("url", re.compile(r"https?://[^\s<>\"，。！？；：、（）]+")),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?")),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z]\w{3,31}")),
)


class MarkupError(ValueError):
    """The text is not Telegram's HTML; the message is Telegram's own, without its prefix."""


def utf16(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut16(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity's offset and length, both UTF-16, mean."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[2 * offset : 2 * (offset + length)].decode("utf-16-le", "surrogatepass")


def _unescape(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        hexadecimal, decimal, name = found.groups()
        if name is not None:
            return _CHARACTERS.get(name, found.group())
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        return chr(code) if 0 < code < 0x110000 else found.group()

    return _REFERENCE.sub(character, text)


class _Reader:
    """One pass over one text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text = ""
        self.length = 0  # of `text`, in UTF-16
        self.open: list[tuple[str, str, int, int]] = []  # tag, argument, offset UTF-16, offset
        self.entities: list[JSON] = []

    def _bytes(self, position: int) -> int:
        return len(self.source[:position].encode())

    def _until(self, stops: str) -> str:
        start = self.at
        while self.at < len(self.source) and self.source[self.at] not in stops:
            self.at += 1
        return self.source[start : self.at]

    def _skip_space(self) -> None:
        while self.at < len(self.source) and self.source[self.at] in _SPACE:
            self.at += 1

    @property
    def _here(self) -> str:
        return self.source[self.at : self.at + 1]

    def read(self) -> tuple[str, list[JSON]]:
        while self.at < len(self.source):
            plain = _unescape(self._until("<"))
            self.text += plain
            self.length += utf16(plain)
            if self._here:
                (self._end if self.source[self.at + 1 : self.at + 2] == "/" else self._start)()
        if self.open:
            raise MarkupError(f"Can't find end tag corresponding to start tag {self.open[-1][0]}")
        return self.text, sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))

    def _start(self) -> None:
        begin, where = self.at, self._bytes(self.at)
        self.at += 1
        tag = self._until(_SPACE + ">").lower()
        if not self._here:
            raise MarkupError(f"Unclosed start tag at byte offset {where}")
        if tag not in _KINDS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {where}')
        argument = ""
        while True:
            self._skip_space()
            if self._here == ">":
                break
            name, value = self._attribute(tag, begin)
            if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id")):
                argument = value
            elif (tag, name) == ("code", "class") and value.startswith("language-"):
                argument = value.removeprefix("language-")
            elif (tag, name) == ("span", "class") and value.startswith("tg-"):
                argument = value.removeprefix("tg-")
            elif (tag, name) == ("blockquote", "expandable"):
                argument = "expandable"
        if tag == "span" and argument != "spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self.at += 1
        self.open.append((tag, argument, self.length, len(self.text)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        where = self._bytes(begin)
        name = self._until(_SPACE + "=>").lower()
        if not name:
            if not self._here:
                raise MarkupError(f"Unclosed start tag at byte offset {where}")
            raise MarkupError(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
        self._skip_space()
        if self._here != "=":
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise MarkupError(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                f"at byte offset {where}"
            )
        self.at += 1
        self._skip_space()
        quote = self._here
        if quote and quote in "\"'":
            self.at += 1
            value = _unescape(self._until(quote))
            self.at += 1
        else:
            token = self.at
            value = self._until(_SPACE + ">").lower()
            if not re.fullmatch(r"[a-z0-9.-]*", value):
                raise MarkupError(
                    f"Unexpected end of name token at byte offset {self._bytes(token)}"
                )
        if not self._here:
            raise MarkupError(f"Unclosed start tag at byte offset {where}")
        return name, value

    def _end(self) -> None:
        where = self._bytes(self.at)
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {where}")
        self.at += 2
        name = self._until(_SPACE + ">").lower()
        self._skip_space()
        if self._here != ">":
            raise MarkupError(f"Unclosed end tag at byte offset {where}")
        self.at += 1
        tag, argument, offset, start = self.open.pop()
        if name and name != tag:
            raise MarkupError(
                f'Unmatched end tag at byte offset {where}, expected "</{tag}>", found "</{name}>"'
            )
        if self.length > offset:
            self._entity(tag, argument, offset, self.text[start:])

    def _entity(self, tag: str, argument: str, offset: int, inside: str) -> None:
        entity: JSON = {"type": _KINDS[tag], "offset": offset, "length": self.length - offset}
        if tag == "a":
            url = argument or inside
            if not re.match(r"(https?|tg|mailto|tel|ton)://|[\w-]+(\.[\w-]+)+", url):
                return  # as Telegram: a link without a sound address is plain text
            entity["url"] = url
        elif tag == "tg-emoji":
            if not argument.isdigit():
                raise MarkupError("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = argument
        elif tag == "code" and argument:
            entity["language"] = argument  # only means something inside <pre>, see below
        elif tag == "pre" and self.entities:
            last = self.entities[-1]
            if (last["type"], last["offset"], last["length"]) == ("code", offset, entity["length"]):
                entity |= {"language": last["language"]} if "language" in last else {}
                self.entities.pop()
        elif tag == "blockquote" and argument:
            entity["type"] = "expandable_blockquote"
        self.entities.append(entity)


def parse_html(source: str) -> tuple[str, list[JSON]]:
    """Plain text and its entities; MarkupError for anything that Telegram refuses."""
    text, entities = _Reader(source.replace("\r", "")).read()
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return text, entities


def tidy(text: str, entities: list[JSON]) -> tuple[str, list[JSON]]:
    """Without the white space around it, which Telegram drops; entities move along."""
    trimmed = text.strip()
    cut = utf16(text[: len(text) - len(text.lstrip())])
    size = utf16(trimmed)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - cut)
        end = min(size, entity["offset"] - cut + entity["length"])
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return trimmed, kept


def found_entities(text: str, entities: list[JSON]) -> list[JSON]:
    """Entities given and those that Telegram finds itself: links, commands, mentions."""
    found = list(entities)
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            start, length = utf16(text[: match.start()]), utf16(match.group())
            if not any(
                e["type"] in ("code", "pre", "text_link", "url", "mention", "bot_command")
                and start < e["offset"] + e["length"]
                and e["offset"] < start + length
                for e in found
            ):
                found.append({"type": kind, "offset": start, "length": length})
    return sorted(found, key=lambda e: (e["offset"], -e["length"]))
