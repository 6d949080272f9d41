"""`shop.yaml` as the desk changes it: only the fields that are other than before are written anew,
and every other line, comments too, stays as it is. What it says is read by `readers/voice.py`."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from bot.errors import InputError, KnowledgeError, NotFoundError
from bot.knowledge import folder as folders
from bot.knowledge.readers.source import undecodable
from bot.knowledge.readers.yaml_list import TextLoader, load_mapping, unreadable

FILE = "shop.yaml"
_FIELD = re.compile(r"([a-z_]+)\s*:(?=\s|$)")

Value = str | list[str] | dict[str, str] | dict[str, list[str]]
"""A text, a list of them, or either by language; empty for nothing."""


def read(folder: Path) -> tuple[str, Mapping[str, object]]:
    """The file's text and its fields; `InputError` where it cannot be read."""
    try:
        text = folders.content(folder, FILE).decode("utf-8-sig")
        return text, load_mapping(text, 1)
    except NotFoundError:
        return "", {}
    except UnicodeDecodeError as error:
        raise InputError("setup.unreadable", reason=undecodable(error)) from error
    except KnowledgeError as error:
        raise InputError("setup.unreadable", reason=error) from error


def changed(text: str, values: Mapping[str, Value]) -> str:
    """The text with these fields as they shall be."""
    try:
        known = yaml.load(text, Loader=TextLoader) or {}
    except yaml.YAMLError as error:
        raise InputError("setup.unreadable", reason=unreadable(error, text)) from error
    blocks = _blocks(text)
    for name, value in values.items():
        if (known.get(name) or "") == (value or ""):
            continue
        said = _said(name, value)
        at = next((at for at, (field, _) in enumerate(blocks) if field == name), None)
        if at is not None:
            blocks[at] = (name, said)
        elif said:
            if blocks and not blocks[-1][1].endswith("\n"):
                blocks[-1] = (blocks[-1][0], f"{blocks[-1][1]}\n")
            blocks.append((name, said))
    return "".join(block for _, block in blocks)


def _said(name: str, value: Value) -> str:
    if not value:
        return ""
    return yaml.safe_dump({name: value}, allow_unicode=True, sort_keys=False, width=100)


def _blocks(text: str) -> list[tuple[str, str]]:
    """The text in pieces, each beginning with a field of its own at the margin; comments and blank
    lines before a field are pieces without one."""
    blocks: list[tuple[str, str]] = []
    for line in text.splitlines(keepends=True):
        field = _FIELD.match(line)
        if field:
            blocks.append((field[1], line))
        elif line[0] in "#\n" or not blocks:
            blocks.append(("", line))
        elif blocks[-1][0]:
            blocks[-1] = (blocks[-1][0], blocks[-1][1] + line)
        else:  # a list at the margin goes on after a comment
            blocks[-1] = ("", blocks[-1][1] + line)
    return blocks
