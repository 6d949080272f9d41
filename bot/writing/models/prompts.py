"""Prompts: the files of `prompts/<language>/`, filled with fenced data.

A file is a line `version: <n>` and two sections, `# system` and `# user`, with `$names` to fill in.
What shoppers or documents wrote stands between tags or quotes that nothing inside can imitate: all
of these, and the control tokens of chat templates, are replaced by look-alikes. Whether a model
heeds that is its own affair; what it writes is checked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from bot.texts import shorten
from bot.types import Author, Language, Turn
from bot.writing.models.ledger import estimate

_FOLDER = Path(__file__).parent / "prompts"
_FILE = re.compile(
    r"version: (?P<version>\w+)\s+# system\n(?P<system>.+?)\n# user\n(?P<user>.+)", re.S
)
# Tags, and what chat templates take for the end of a turn or the beginning of a role.
_CONTROL = re.compile(
    r"</?[A-Za-z_]\w*(?:\s[^<>]*)?/?>|</?(?:passage|conversation)|\x22{3,}|<{2,}|>{2,}|<\||\|>"
    r"|\[/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_RESULTS)\]",
    re.IGNORECASE,
)
_LOOKALIKE = str.maketrans('<>|[]"', "‹›¦［］”")
TURNS = 6  # turns of the conversation that a prompt carries
_LONGEST_TURN = 300  # characters of each
_ROLES = {Author.SHOPPER: "customer", Author.BOT: "assistant"}


@dataclass(frozen=True)
class Prompt:
    """What one model is asked to write. `dialogue` is the same for models without instructions:
    turns only, oldest first, the first speaker's turn last."""

    version: str
    messages: tuple[BaseMessage, ...]
    dialogue: tuple[BaseMessage, ...]

    @property
    def tokens(self) -> int:
        """About how many it is."""
        return sum(estimate(str(message.content)) for message in self.messages)


@dataclass(frozen=True)
class _File:
    version: str
    system: Template
    user: Template


def answer(
    question: str,
    passages: Sequence[str],
    history: Sequence[Turn],
    language: Language,
    *,
    shop: str,
    tone: str = "",
) -> Prompt:
    """Asks for an answer to `question` from `passages`, which are cited by their place: [1], …

    `tone` is the shop's own sentence on how to speak.

    A dialogue model gets the first passage as what was said before the question: its grounding.
    """
    file = _read("answer", language)
    filled = file.user.substitute(
        passages="\n".join(
            _fenced("passage", text, f' id="{n}"') for n, text in enumerate(passages, 1)
        ),
        history=_conversation(history),
        question=_quoted(question),
    )
    dialogue = [*_turns(history), AIMessage(neutral(passages[0])), HumanMessage(neutral(question))]
    system = file.system.substitute(shop=neutral(shop))
    if tone:
        system = f"{system.rstrip()}\n- {neutral(tone)}"
    return Prompt(
        f"answer-{language}-{file.version}",
        (SystemMessage(system), HumanMessage(filled)),
        tuple(dialogue),
    )


def rewrite(question: str, history: Sequence[Turn], language: Language) -> Prompt:
    """Asks for `question`, a follow-up, in words that need no conversation around it."""
    file = _read("rewrite", language)
    filled = file.user.substitute(history=_conversation(history), question=_quoted(question))
    messages = (SystemMessage(file.system.template), HumanMessage(filled))
    return Prompt(f"rewrite-{language}-{file.version}", messages, ())


def read(pieces: Sequence[str], history: Sequence[Turn], language: Language, shop: str) -> Prompt:
    """Asks for the tools that do what a message wants, whose `pieces` are numbered from 1."""
    file = _read("read", language)
    numbered = "\n".join(
        f"[{at}] {shorten(' '.join(each.split()), _LONGEST_TURN)}"
        for at, each in enumerate(pieces, 1)
    )
    filled = file.user.substitute(history=_conversation(history), message=_quoted(numbered))
    messages = (SystemMessage(file.system.substitute(shop=neutral(shop))), HumanMessage(filled))
    return Prompt(f"read-{language}-{file.version}", messages, ())


def translate(text: str, language: Language) -> Prompt:
    """Asks for `text`, a message in any language, in `language`."""
    file = _read("translate", language)
    messages = (
        SystemMessage(file.system.template),
        HumanMessage(file.user.substitute(message=_quoted(text))),
    )
    return Prompt(f"translate-{language}-{file.version}", messages, ())


def draft(
    facts: Sequence[tuple[str, str]],
    plain: str,
    language: Language,
    *,
    kind: str,
    tone: str,
    length: str,
    wishes: Sequence[str],
    shop: str,
) -> Prompt:
    """Asks for a text of a `kind` from facts; `plain` says the same without a model, `wishes` are
    the shop's own: words to avoid, why earlier texts were not taken, texts that show its voice."""
    file = _read("draft", language)
    filled = file.user.substitute(
        kind=kind,
        tone=neutral(tone),
        length=length,
        wishes="\n".join(f"- {neutral(each)}" for each in wishes),
        facts=_fenced("facts", "\n".join(f"{label}: {value}" for label, value in facts)),
        plain=_fenced("text", plain),
    )
    system = file.system.substitute(shop=neutral(shop))
    messages = (SystemMessage(system), HumanMessage(filled))
    return Prompt(f"draft-{language}-{file.version}", messages, ())


def texts() -> list[str]:
    """What all prompts say: no answer may repeat it."""
    return [
        part.template
        for path in sorted(_FOLDER.glob("*/*.md"))
        for file in [_read(path.stem, path.parent.name)]
        for part in (file.system, file.user)
    ]


def neutral(text: str) -> str:
    """`text` without anything that a prompt or a chat template could take for its own sign."""
    return _CONTROL.sub(lambda found: found[0].translate(_LOOKALIKE), text)


def _quoted(text: str) -> str:
    return f'"""\n{neutral(text.strip())}\n"""'


def _fenced(tag: str, text: str, more: str = "") -> str:
    return f"<{tag}{more}>\n{neutral(text.strip())}\n</{tag}>"


def _conversation(history: Sequence[Turn]) -> str:
    """The last turns as one block of data; "" when there are none."""
    lines = [
        f"{_ROLES[turn.author]}: {shorten(turn.text, _LONGEST_TURN)}"
        for turn in history[-TURNS:]
        if turn.author in _ROLES and turn.text.strip()
    ]
    return _fenced("conversation", "\n".join(lines)) if lines else ""


def _turns(history: Sequence[Turn]) -> list[BaseMessage]:
    """The last turns as a dialogue between two."""
    return [
        (HumanMessage if turn.author is Author.SHOPPER else AIMessage)(
            neutral(shorten(turn.text, _LONGEST_TURN))
        )
        for turn in history[-TURNS:]
        if turn.author in _ROLES and turn.text.strip()
    ]


@cache
def _read(name: str, language: str) -> _File:
    text = (_FOLDER / language / f"{name}.md").read_text(encoding="utf-8")
    found = _FILE.fullmatch(text)
    if found is None:
        raise ValueError(f"prompts/{language}/{name}.md is not a version, # system and # user")
    return _File(
        found["version"], Template(found["system"].strip()), Template(found["user"].strip())
    )
