"""How the shop speaks, from `shop.yaml` in the knowledge folder: greeting, starters, tone; and the
currency of prices that name none.

Each is given once for both languages, or under `en` and `zh`. What is wrong is named with its line
and left out. A `shop.yaml` with none of these is a file of entries like any other.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml

from bot.knowledge.entry import Problem, Voice
from bot.knowledge.readers.source import Source, clean_line, clean_text
from bot.knowledge.readers.yaml_list import LISTS, TextLoader, refuse_bombs, unreadable
from bot.knowledge.wire import Voiced
from bot.language import money
from bot.texts import LANGUAGES
from bot.types import Language

FIELDS = ("greeting", "starters", "tone", "currency")
SETTINGS = ("shop_name", "hours", "holidays", "timezone", "return_days", "colour", "studio")
"""What `bot/settings.py` and the desk read of the file."""

MOST = 6  # starters
STARTER = 60  # characters: what fits on a button
LONGEST = {"greeting": 600, "tone": 300}  # characters

Voices = dict[Language, Voice]


def read_voice(source: Source) -> tuple[Voiced, list[Problem]] | None:
    """The voices that the file gives, by language, its currency, and what is wrong with it; None
    for a file of entries. `KnowledgeError` where it is no YAML."""
    text = source.text()
    try:
        refuse_bombs(text)
        node = yaml.compose(text, Loader=TextLoader)
    except yaml.YAMLError as error:
        raise unreadable(error, text) from error
    fields = node.value if isinstance(node, yaml.MappingNode) else []
    if not any(key.value in (*FIELDS, *SETTINGS) for key, _ in fields) or any(
        key.value in LISTS for key, _ in fields
    ):
        return None
    reading = _Reading(source)
    for key, value in fields:
        reading.take(key, value)
    return Voiced(reading.voices, reading.currency), reading.problems


class _Reading:
    """The voices so far, and the problems."""

    def __init__(self, source: Source) -> None:
        self.voices: Voices = {}
        self.problems: list[Problem] = []
        self.currency = ""
        self._source = source
        self._known: set[str] = set()

    def take(self, key: yaml.Node, value: yaml.Node) -> None:
        """One field of the file."""
        name = str(key.value)
        if name in SETTINGS:
            return
        if name not in FIELDS:
            self.problems.append(self._source.warning("unknown_field", _line(key), field=name))
            return
        if name in self._known:
            self._wrong("duplicate_field", key, field=name)
            return
        self._known.add(name)
        if name == "currency":
            given = str(value.value)
            self.currency = money.currency(f"1 {given}")
            if not self.currency:
                self._wrong("voice_currency", value, given=given)
            return
        for languages, each in self._by_language(name, value):
            said = self._starters(each) if name == "starters" else self._text(name, each)
            changed: dict[str, Any] = {name: said} if said else {}
            for language in languages if changed else ():
                known = self.voices.get(language, Voice())
                self.voices[language] = replace(known, **changed)

    def _by_language(
        self, name: str, node: yaml.Node
    ) -> Iterator[tuple[tuple[Language, ...], yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            yield LANGUAGES, node
            return
        for key, value in node.value:
            if key.value in LANGUAGES:
                yield (key.value,), value
            else:
                self._wrong("voice_language", key, field=name, given=str(key.value))

    def _starters(self, node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            if _one_line(node) != "":
                self._wrong("voice_no_list", node, most=MOST)
            return ()
        if len(node.value) > MOST:
            self._wrong("voice_too_many", node.value[MOST], most=MOST)
        return tuple(filter(None, map(self._starter, node.value[:MOST])))

    def _starter(self, node: yaml.Node) -> str:
        question = _one_line(node)
        if question is None:
            self._wrong("voice_no_text", node, field="starters")
        elif len(question) > STARTER:
            self._wrong("voice_too_long", node, field="starters", most=STARTER)
        else:
            return question
        return ""

    def _text(self, name: str, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._wrong("voice_no_text", node, field=name)
            return ""
        text = clean_text(node.value)
        if len(text) > LONGEST[name]:
            self._wrong("voice_too_long", node, field=name, most=LONGEST[name])
            return ""
        return text if name == "greeting" else clean_line(text)

    def _wrong(self, key: str, node: yaml.Node, **params: object) -> None:
        self.problems.append(self._source.problem(key, _line(node), params=params))


def _one_line(node: yaml.Node) -> str | None:
    """A scalar on one line; None for what is none."""
    return clean_line(node.value) if isinstance(node, yaml.ScalarNode) else None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
