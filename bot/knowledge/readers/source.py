"""One knowledge file as its reader sees it: name, language hint, bytes, text.

It decodes and cleans; it does not know any format.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.errors import KnowledgeError
from bot.knowledge.entry import Problem, Severity
from bot.language.detect import detect_language
from bot.language.encoding import decoded, line_of
from bot.types import Language

# "faq.zh", "faq.zh-CN", "faq_zh", and a folder "zh", "zh-CN" or 「中文」
_SUFFIX = re.compile(r"(?:\.|[-_](?=..$))(en|zh)(?:[-_][A-Za-z]+)?$", re.IGNORECASE)
_FOLDER = re.compile(r"(?:en|zh)(?:[-_](?:[a-z]{2}|han[st]))?|english|chinese|英文|中文", re.I)
# Control, zero-width and bidirectional characters and lone surrogates, but not tab and newline.
# The zero-width joiner stays: emoji are made with it.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    r"\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_CHINESE = ("zh", "chinese", "中文")


def base_of(name: str) -> str:
    """A file's path without extension and language: "policies/returns.zh.md" and
    "zh/policies/returns.md" → "policies/returns"."""
    path = PurePosixPath(name).with_suffix("")
    folders = (each for each in path.parts[:-1] if not _FOLDER.fullmatch(each))
    return clean_line("/".join([*folders, _SUFFIX.sub("", path.name)]))


@dataclass(frozen=True)
class Source:
    """`path` is where the file lies, `name` its path in the knowledge folder (posix), `currency`
    that of prices which name none, "" where the shop does not say, `part` the sheet that problems
    are named with: " (Sheet 2)", `url` where shoppers find it, "" for nowhere."""

    path: Path
    name: str
    currency: str = ""
    part: str = ""
    url: str = ""

    @property
    def base(self) -> str:
        """What its entries' ids begin with."""
        return base_of(self.name)

    @property
    def title(self) -> str:
        """A readable name for a document that does not carry its own."""
        return re.sub(r"[-_\s]+", " ", PurePosixPath(self.base).name).strip()

    @property
    def named_language(self) -> Language | None:
        """The language in the file's name (`faq.zh.csv`), else in its folder's (`zh/faq.csv`)."""
        path = PurePosixPath(self.name)
        match = _SUFFIX.search(path.stem)
        named = [match[1]] if match else list(filter(_FOLDER.fullmatch, path.parts[:-1]))
        if not named:
            return None
        return "zh" if named[-1].lower().startswith(_CHINESE) else "en"

    def language(self, text: str) -> Language:
        """The language of `text` where it does not say: the file's name, else its letters."""
        return self.named_language or detect_language(text)

    def problem(
        self,
        key: str,
        line: int | None = None,
        severity: Severity = "error",
        params: Mapping[str, object] | None = None,
    ) -> Problem:
        """A problem of this file; `key` without its area."""
        return Problem(
            f"{self.name}{self.part}", line, f"knowledge.{key}", dict(params or {}), severity
        )

    def warning(self, key: str, line: int | None = None, **params: object) -> Problem:
        """A problem that left nothing out."""
        return self.problem(key, line, "warning", params)

    def text(self) -> str:
        """The file's text with newlines unified; `KnowledgeError` names the first bad byte."""
        try:
            return _unified(decoded(self.path.read_bytes()))
        except UnicodeDecodeError as error:
            raise undecodable(error) from error


def undecodable(error: UnicodeDecodeError) -> KnowledgeError:
    """Bytes are no text: the line and the byte at which that is seen."""
    return KnowledgeError("knowledge.undecodable", line=line_of(error), offset=error.start)


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def clean_text(text: str) -> str:
    """NFC, without control characters, trimmed; newlines and indentation stay."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):  # nearly every text
        return text.strip()
    text = _UNWANTED.sub("", unicodedata.normalize("NFC", _unified(text)))
    return "\n".join(line.rstrip(" \t") for line in text.split("\n")).strip()


def clean_line(text: str) -> str:
    """`clean_text` on one line."""
    return " ".join(clean_text(text).split())


def slug(heading: str) -> str:
    """A heading or a question as an anchor: letters and digits of any script, joined by hyphens."""
    return re.sub(r"[\W_]+", "-", heading.casefold()).strip("-")
