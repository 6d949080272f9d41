"""The nouns of the knowledge folder: an entry, its passages, a problem, and all of them together.

Nothing here reads a file; `documents.read_knowledge` fills these and gives them to callers.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.texts import t
from bot.types import Language

Kind = Literal["faq", "document", "product"]
Severity = Literal["error", "warning", "info"]
Role = Literal["question", "variant", "text", "sentence"]

FEW = 3  # phrasings of an entry below which it is found by its sentences, too


@dataclass(frozen=True)
class Variant:
    """One of the things that a product comes as: pairs of label and value ("Colour", "white"), its
    own stock, and its price where that is another than the product's."""

    options: tuple[tuple[str, str], ...]
    stock: int | None = None
    price: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a product's row says in one language, field by field; the `answer` says it in words.

    `attributes` are pairs of label and value as they are shown. `price` is a decimal number in
    `currency`; None, like `stock`, where the file does not say. `image` is a picture's address.
    """

    category: str = ""
    description: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    price: str | None = None
    currency: str = "USD"
    stock: int | None = None
    variants: tuple[Variant, ...] = ()
    image: str = ""


@dataclass(frozen=True)
class Voice:
    """How the shop speaks in one language: what greets a newcomer, the questions that are offered
    to begin with, and a sentence on its tone for a model. Empty where the shop does not say."""

    greeting: str = ""
    starters: tuple[str, ...] = ()
    tone: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing the shop knows, in one language; the same `id` in the other is its translation.

    `question` is "" where the answer itself is searched. For a document, `answer` is the section's
    text (Markdown or plain) and `heading` the path to it, document title first.
    """

    id: str
    lang: Language
    question: str
    variants: tuple[str, ...]
    answer: str
    source: str  # path relative to the knowledge folder, with forward slashes
    title: str  # shown to shoppers as the source's name
    kind: Kind
    url: str | None = None
    tags: tuple[str, ...] = ()
    valid_until: date | None = None  # the last day on which it holds
    heading: tuple[str, ...] = ()
    facts: Facts | None = None  # of a product


def version_of(text: str) -> str:
    """What tells an entry's words from those that it had before; `text` is as it is told."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True)
class Passage:
    """`id` is a hash of the content, so it stays the same from build to build.

    `search` is one phrasing, or heading path and text; `text` is the whole answer for FAQ entries
    and products, the chunk for documents.
    """

    id: str
    entry_id: str
    lang: Language
    search: str
    role: Role
    text: str


@dataclass(frozen=True)
class Problem:
    """Something in a file that an admin should know. An error left something out that was meant
    to be in; a warning did what was asked and says so; an info only tells how a file was read."""

    path: str
    line: int | None  # from 1; None where the format has no lines
    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = "error"

    @property
    def where(self) -> str:
        """ "faq/orders.csv:12", or the path alone."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    def message(self, language: str) -> str:
        """The reason and what to do, without the place (see `where`)."""
        return t(self.key, language, **self.params)


@dataclass(frozen=True)
class Replaced:
    """What an entry of the file `source` said when it was edited at the desk."""

    source: str
    question: str
    variants: tuple[str, ...]
    answer: str

    @classmethod
    def of(cls, entry: Entry) -> "Replaced":
        return cls(entry.source, entry.question, entry.variants, entry.answer)

    def said_by(self, entry: Entry) -> bool:
        """Whether an entry, of whatever file, still says this."""
        mine = (self.question, self.variants, self.answer)
        return mine == (entry.question, entry.variants, entry.answer)


@dataclass(frozen=True)
class Found:
    """An entry and the line on which it begins, as a reader hands it over. `named` is whether its
    file gives it its id, which else is made of its text; `edit_of` what it stands in for."""

    entry: Entry
    line: int | None
    named: bool = True
    edit_of: Replaced | None = None


@dataclass(frozen=True)
class Knowledge:
    """What a knowledge folder holds. `files` are those that were opened, broken ones too, each with
    its SHA-256, "" where it could not be read; `passages` are in the order of the entries."""

    entries: tuple[Entry, ...]
    passages: tuple[Passage, ...]
    problems: tuple[Problem, ...]
    files: Mapping[str, str]
    voices: Mapping[Language, Voice] = field(default_factory=dict)
