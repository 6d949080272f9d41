"""FAQ entries and products from `.yaml`: a list, or a map holding one under "entries".

Scalars stay text (`no` is a word, `0012` an id), so nothing is lost to YAML's guesses. Every row
and field knows its line. It constructs plain data only.
"""

from collections.abc import Iterator

import yaml

from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.jsonl import row_entries
from bot.knowledge.readers.rows import Warned
from bot.knowledge.readers.source import Source

_LISTS = ("entries", "faq", "faqs", "products", "items")
_DEFAULTS = ("lang", "valid_until", "tags", "currency")
_MAX_DEPTH = 50
_MAX_ALIASES = 1000


class TextLoader(yaml.CSafeLoader):
    """Plain data, where every scalar but null is text."""


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag.endswith((":null", ":merge"))]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def load_mapping(text: str, first_line: int) -> dict[str, object]:
    """A YAML map such as a front matter; `KnowledgeError` with the line in the file."""
    try:
        refuse_bombs(text)
        values = yaml.load(text, Loader=TextLoader)
    except yaml.YAMLError as error:
        raise unreadable(error, text, first_line) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise KnowledgeError("knowledge.not_a_map", line=first_line)
    return {str(key): value for key, value in values.items()}


def read_yaml(source: Source) -> Iterator[Found | Problem]:
    """The entries of each row, with the line of the field that is wrong."""
    text = source.text()
    try:
        refuse_bombs(text)
        loader = TextLoader(text)
        warned = Warned()
        while loader.check_node():
            node = loader.get_node()
            if node is not None:
                yield from _document(loader, node, source, warned)
    except yaml.YAMLError as error:
        raise unreadable(error, text) from error


def refuse_bombs(text: str) -> None:
    """Refuses nesting that would overflow libyaml's stack, and aliases that unfold endlessly."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=TextLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > _MAX_DEPTH or aliases > _MAX_ALIASES:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise KnowledgeError("knowledge.yaml_too_deep", line=line)


def unreadable(error: yaml.YAMLError, text: str, first_line: int = 1) -> KnowledgeError:
    """What is wrong with `text`, whose first line is the file's `first_line`."""
    mark = getattr(error, "problem_mark", None)
    detail = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    # What is missing at the end is reported behind the last line.
    last = len(text.splitlines()) - 1
    line = None if mark is None else min(mark.line, last) + first_line
    return KnowledgeError("knowledge.not_yaml", line=line, detail=detail)


def _document(
    loader: TextLoader, node: yaml.Node, source: Source, warned: Warned
) -> Iterator[Found | Problem]:
    defaults: dict[str, object] = {}
    if isinstance(node, yaml.MappingNode):
        fields = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        listed = next((name for name in _LISTS if name in fields), None)
        if listed is None:
            yield from _row(loader, node, source, warned, defaults)
            return
        for name, value in fields.items():
            if name in _DEFAULTS:
                defaults[name] = loader.construct_object(value, deep=True)
            elif name != listed:
                yield source.warning("unknown_field", value.start_mark.line + 1, field=name)
        node = fields[listed]
    if not isinstance(node, yaml.SequenceNode):
        yield source.problem("not_a_list", node.start_mark.line + 1)
        return
    for row in node.value:
        yield from _row(loader, row, source, warned, defaults)


def _row(
    loader: TextLoader,
    node: yaml.Node,
    source: Source,
    warned: Warned,
    defaults: dict[str, object],
) -> Iterator[Found | Problem]:
    line = node.start_mark.line + 1
    lines: dict[str, int] = {}
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in lines:
            params = {"field": key.value}
            yield source.problem("duplicate_field", key.start_mark.line + 1, params=params)
            return
        lines[str(key.value)] = key.start_mark.line + 1
    try:
        values = loader.construct_object(node, deep=True)
    except yaml.YAMLError as error:
        detail = getattr(error, "problem", None) or error
        yield source.problem("not_yaml", line, params={"detail": detail})
        return
    if isinstance(values, dict):
        taken = "sku" in values
        values = {k: v for k, v in defaults.items() if taken or k != "currency"} | values
    yield from row_entries(values, source, line, warned, lines)
