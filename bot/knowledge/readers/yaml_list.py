"""FAQ entries and products from `.yaml`: a list, or a map holding one under "entries".

Scalars stay text (`no` is a word, `0012` an id), so nothing is lost to YAML's guesses. Every row
and field knows its line. Of a list with an entry that is no YAML, the others are read. It
constructs plain data only.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

import yaml

from bot.errors import KnowledgeError
from bot.knowledge.entry import Found, Problem
from bot.knowledge.readers.columns import fields_of
from bot.knowledge.readers.jsonl import is_product, row_entries
from bot.knowledge.readers.rows import Warned
from bot.knowledge.readers.source import Source

LISTS = ("entries", "faq", "faqs", "products", "items")
_DEFAULTS = ("lang", "valid_until", "tags", "currency")
_ITEM = re.compile(r" *-(?: |$)")
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
    text, warned = source.text(), Warned()
    try:
        loader, nodes = _composed(text)
    except yaml.YAMLError as error:
        head, pieces = _pieces(text)
        if not pieces:
            raise unreadable(error, text) from error
        yield from _one_by_one(head, pieces, source, warned)
    else:
        for node in nodes:
            yield from _document(loader, node, source, warned)
    yield from warned.together(source)


def _composed(text: str) -> tuple[TextLoader, list[yaml.Node]]:
    refuse_bombs(text)
    loader = TextLoader(text)
    nodes = []
    while loader.check_node():
        nodes.append(loader.get_node())
    return loader, [node for node in nodes if node is not None]


def _pieces(text: str) -> tuple[str, list[tuple[int, str]]]:
    """What stands before a list, and its items, each with the place of its first line; an item
    begins with a hyphen that stands where the first one does."""
    lines = text.split("\n")
    first = next((line for line in lines if _ITEM.match(line)), "")
    mark = first[: first.find("-") + 1]
    starts = [at for at, line in enumerate(lines) if mark and f"{line} ".startswith(f"{mark} ")]
    ends = [*starts[1:], len(lines)]
    items = ((start, "\n".join(lines[start:end])) for start, end in zip(starts, ends, strict=True))
    return "\n".join(lines[: starts[0]] if starts else lines), list(items)


def _one_by_one(
    head: str, pieces: list[tuple[int, str]], source: Source, warned: Warned
) -> Iterator[Found | Problem]:
    """The items that are YAML, and what is wrong with each of the others."""
    defaults: dict[str, object] = {}
    with suppress(yaml.YAMLError, KnowledgeError):
        refuse_bombs(head)
        found = yaml.load(head, Loader=TextLoader)
        if isinstance(found, dict):
            defaults = {name: found[name] for name in _DEFAULTS if name in found}
    for start, piece in pieces:
        try:
            loader, nodes = _composed(piece)
        except yaml.YAMLError as error:
            yield _named(unreadable(error, piece, start + 1), source)
            continue
        except KnowledgeError as error:
            yield _named(KnowledgeError(error.key, line=start + 1), source)
            continue
        for node in nodes:
            for row in node.value if isinstance(node, yaml.SequenceNode) else [node]:
                yield from _row(loader, row, source, warned, defaults, start)


def _named(error: KnowledgeError, source: Source) -> Problem:
    line = error.params["line"]
    assert isinstance(line, int)
    return Problem(source.name, line, error.key, error.params)


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
    column = 1 if mark is None else mark.column + 1
    return KnowledgeError("knowledge.not_yaml", line=line, column=column, detail=detail)


def _document(
    loader: TextLoader, node: yaml.Node, source: Source, warned: Warned
) -> Iterator[Found | Problem]:
    defaults: dict[str, object] = {}
    if isinstance(node, yaml.MappingNode):
        fields = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        listed = next((name for name in LISTS if name in fields), None)
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
    above: int = 0,
) -> Iterator[Found | Problem]:
    """One row; `above` are the lines of the file above the text that the node is of."""
    line = node.start_mark.line + 1 + above
    lines: dict[str, int] = {}
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if not isinstance(key, yaml.ScalarNode):
            continue
        place = key.start_mark.line + 1 + above
        if key.value in lines:
            yield source.problem("duplicate_field", place, params={"field": key.value})
            return
        lines[str(key.value)] = place
    try:
        values = loader.construct_object(node, deep=True)
    except yaml.YAMLError as error:
        detail = getattr(error, "problem", None) or error
        column = node.start_mark.column + 1
        yield source.problem("not_yaml", line, params={"detail": detail, "column": column})
        return
    if isinstance(values, dict):
        product = is_product(fields_of(tuple(values)))
        values = {k: v for k, v in defaults.items() if product or k != "currency"} | values
    yield from row_entries(values, source, line, warned, lines)
