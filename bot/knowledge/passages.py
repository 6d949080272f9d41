"""Splits entries into passages: what is embedded and searched, and what is shown when it wins.

FAQ entries and products stay whole, found by each phrasing; documents are cut at their headings and
then at sentences. What has few phrasings is found by each of its sentences, too, under its title.
Lengths are in characters. It does not embed and does not tokenize.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from bot.knowledge.entry import FEW, Entry, Passage, Role
from bot.knowledge.readers.markdown import cut
from bot.knowledge.readers.sections import Section
from bot.language.sentences import sentences as cut_up
from bot.types import Language

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

PATH = " › "

# A Chinese character says about as much as two and a half English letters.
_TARGET: dict[Language, int] = {"en": 600, "zh": 250}
_SEPARATORS = ["\n\n", "\n", "。", "！", "？", ". ", "；", "; ", "，", ", ", " ", ""]
_ANSWER_SEARCHED = 800  # of a FAQ answer; encoders read little more, and its start says the most
_ASKED = 2000  # of a question or variant
_FEW_SENTENCES, _MOST_SENTENCES = 2, 40  # of a text
_NO_PROSE = ("```", "#", "|-", "| -")
_SHOWN_WHOLE = 2000  # an answer without a question is shown whole up to here
_DEEPEST_HEADING = 6
_TABLE_TOP = re.compile(r"^\|.*\n\|[-:| ]+\|[ ]*\n", re.MULTILINE)


def passages_of(entry: Entry) -> list[Passage]:
    """The entry's passages, its question first; no two with the same searched text."""
    parts = list(_document_parts(entry) if entry.kind == "document" else _answer_parts(entry))
    if entry.kind != "product" and entry.question and 1 + len(entry.variants) < FEW:
        parts += _sentences(entry, parts)
    passages: list[Passage] = []
    seen: set[str] = set()
    for role, search, text in parts:
        key = _normalised(search)
        if key and key not in seen:
            seen.add(key)
            identifier = _content_id(entry.lang, entry.id, search, text)
            passages.append(Passage(identifier, entry.id, entry.lang, search, role, text))
    return passages


Part = tuple[Role, str, str]


def _answer_parts(entry: Entry) -> Iterator[Part]:
    """FAQ entries and products: each phrasing, and the beginning of the answer."""
    if entry.question:
        yield "question", entry.question[:_ASKED], entry.answer
    for variant in entry.variants:
        yield "variant", variant[:_ASKED], entry.answer
    if entry.question:
        yield "text", _beginning(entry.answer), entry.answer
        return
    whole = len(entry.answer) <= _SHOWN_WHOLE
    for chunk in _chunks(entry.answer, entry.lang):
        yield "text", chunk, entry.answer if whole else chunk


def _document_parts(entry: Entry) -> Iterator[Part]:
    """A section: its heading and each deeper one as a question, then the text in chunks."""
    path = list(entry.heading)
    levels = [0] * len(path)
    asked = entry.question
    for section in cut(entry.answer, _DEEPEST_HEADING):
        if section.level:
            while levels and levels[-1] >= section.level:
                levels.pop()
                path.pop()
            levels.append(section.level)
            path.append(section.heading)
        chunks = _chunks(section.body, entry.lang)
        if not chunks:
            continue
        # Whoever asks for the heading wants more than the sentence before a table.
        start = _split(section.body, 2 * _TARGET[entry.lang])[0]
        yield "question", asked, _below(section, start)
        if section.level:
            deeper = path[len(entry.heading) :]
            yield "question", PATH.join([entry.question, *deeper]), _below(section, start)
        where = PATH.join(path)
        for number, chunk in enumerate(chunks):
            shown = chunk if number else _below(section, chunk)
            yield "text", f"{where}\n{chunk}", shown


def _sentences(entry: Entry, parts: Sequence[Part]) -> Iterator[Part]:
    """Each sentence under the title, where a text has several: a detail is drowned in the whole."""
    for role, text, shown in parts:
        # A document's text stands below the path to it.
        text = text.partition("\n")[2] if entry.kind == "document" else text
        found = [each for each in cut_up(text) if not each.startswith(_NO_PROSE)]
        if role == "text" and len(found) > _FEW_SENTENCES:
            for sentence in found[:_MOST_SENTENCES]:
                yield "sentence", f"{entry.question}: {sentence.strip()}", shown


def _below(section: Section, text: str) -> str:
    """A text under its own heading, so that it can stand alone."""
    return f"{'#' * section.level} {section.heading}\n\n{text}" if section.level else text


@cache
def _splitter(length: int) -> "RecursiveCharacterTextSplitter":
    # It takes half a second to import, and a folder of short answers never needs it.
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    return RecursiveCharacterTextSplitter(
        _SEPARATORS, keep_separator="end", chunk_size=length, chunk_overlap=0
    )


def _split(text: str, length: int) -> list[str]:
    """`text` in pieces of at most `length`; one that is short enough is a piece as it is."""
    if len(text) < length:
        return [text.strip()] if text.strip() else []
    return _splitter(length).split_text(text)


def _chunks(text: str, language: Language) -> list[str]:
    """`text` in pieces of about the target length; a table that goes on keeps its header."""
    chunks: list[str] = []
    header = ""
    for piece in _split(text, _TARGET[language]):
        goes_on = bool(chunks) and piece.startswith("|") and chunks[-1].endswith("|")
        tops = _TABLE_TOP.findall(piece)
        chunks.append(f"{header}{piece}" if goes_on and not tops else piece)
        header = tops[-1] if tops else header if goes_on else ""
    return chunks


def _beginning(answer: str) -> str:
    if len(answer) <= _ANSWER_SEARCHED:
        return answer
    # The splitter needs a little more than what is wanted, not a megabyte of it.
    return _split(answer[: 2 * _ANSWER_SEARCHED], _ANSWER_SEARCHED)[0]


def _normalised(text: str) -> str:
    """What makes two phrasings the same: width, case, spaces and final punctuation do not."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).rstrip(" ?!.。…~") or folded.strip()


def _content_id(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
