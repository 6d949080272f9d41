"""One Markdown for every channel: nobody is shown a mark, no word is lost, nothing is markup.

For each answer that the demo shop knows, and for made-up texts, in all that shows them: Telegram
(shoppers' and agents'), the web chat, the desk, the terminal.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.channels.telegram import text as telegram
from bot.channels.web.stream import draft_json
from bot.cli.ask import rendered
from bot.desk.pages.rich import rich
from bot.dialogue.compose import relevant
from bot.knowledge.documents import read_knowledge
from bot.language.markdown import parse, verbatim
from bot.types import Author, Draft, Turn, now
from tests.support.paths import ROOT
from tests.support.telegram.markup import parse_html

MARKS = re.compile(
    r"\*\*|~~|\]\(|^\s*(?:[│•]\s)*#{1,6}\s|^\s*\|.*\|\s*$|^[-*+] |</?(?:p|br|b|li|ul|h3|td|div)\b",
    re.MULTILINE,
)


def on_telegram(text: str) -> str:
    parts = telegram.split(telegram.parse(text))
    return "\n".join(parse_html(telegram.to_html(part))[0] for part in parts)


def in_the_browser(text: str) -> str:
    """The text nodes that `rich.js` makes of what the page is sent."""
    return "\n".join(_texts(json.loads(json.dumps(draft_json(Draft(1, text, "en"))["blocks"]))))


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        parts = list(map(_texts, tree))
        inline = bool(tree) and isinstance(tree[0], dict) and "marks" in tree[0]
        yield ("" if inline else "\n").join(line for part in parts for line in part)
    elif isinstance(tree, dict):
        if isinstance(tree.get("text"), str):
            yield tree["text"]
        for name in ("runs", "blocks", "items", "rows"):
            yield from _texts(tree.get(name, []))


def at_the_desk(text: str) -> str:
    page = BeautifulSoup(str(rich(text)), "html.parser")
    for tag in page.find_all(["p", "li", "h3", "td", "th", "pre", "br"]):
        tag.insert_after("\n")
    return page.get_text()


def in_the_terminal(text: str) -> str:
    screen = Console(width=10_000, no_color=True, highlight=False)
    with screen.capture() as shown:
        screen.print(rendered(Turn(1, Author.BOT, text, "en", now())))
    return shown.get()


CHANNELS: dict[str, Callable[[str], str]] = {
    "telegram": on_telegram,
    "web": in_the_browser,
    "desk": at_the_desk,
    "terminal": in_the_terminal,
}
UNSEEN = re.compile(r"\]\([^)]*\)|^\s*\d+\.\s", re.MULTILINE)  # addresses, items' numbers
everywhere = pytest.mark.parametrize("shown", CHANNELS.values(), ids=CHANNELS)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@everywhere
def test_no_answer_of_the_demo_shop_shows_a_mark_or_loses_a_word(
    shown: Callable[[str], str],
) -> None:
    knowledge = read_knowledge(ROOT / "knowledge", today=date(2026, 11, 2))
    answers = {each.text for each in knowledge.passages} | {e.answer for e in knowledge.entries}
    assert len(answers) > 100
    for answer in answers:
        for text in (answer, relevant(answer, "how long does it take", longest=300)):
            seen = shown(text)
            assert not MARKS.search(seen), (text, seen)
            assert in_order(words(UNSEEN.sub("]", text)), words(seen)), (text, seen)


def in_order(wanted: Iterable[str], found: Iterable[str]) -> bool:
    """Whether `wanted` stand in `found`, perhaps among others: a table's heads are repeated."""
    rest = iter(found)
    return all(word in rest for word in wanted)


WORD = st.integers(0, 10_000).map(lambda n: f"w{n}")
LINE = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
SOUND = st.one_of(
    st.tuples(st.sampled_from(["**{}**", "*{}*", "~~{}~~", "<b>{}</b>", "{}<br>"]), LINE).map(
        lambda pair: pair[0].format(pair[1])
    ),
    st.tuples(st.sampled_from(["**{}", "{}**", "**{}。**", "{}", "<p>{}"]), LINE).map(
        lambda pair: pair[0].format(pair[1])
    ),
    LINE.map(lambda words: f"[{words}](https://x.example)"),
)
BLOCK = st.one_of(
    st.builds("{0} {1}".format, st.sampled_from(["#", "##", "###", "####"]), SOUND),
    st.builds("###{0}".format, LINE),
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from("-*+"), SOUND), min_size=1, max_size=6
    ).map(lambda items: "\n".join(f"{'  ' * depth}{mark} {text}" for depth, mark, text in items)),
    st.lists(SOUND, min_size=1, max_size=4).map(
        lambda lines: "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    ),
    st.lists(st.lists(SOUND, min_size=2, max_size=4), min_size=1, max_size=3).map(
        lambda rows: "\n".join(
            ["| a | b |", "|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
        )
    ),
    st.lists(SOUND, min_size=1, max_size=3).map(lambda lines: "> " + "\n> ".join(lines)),
    st.lists(LINE, min_size=1).map(lambda items: f"<ul><li>{'</li><li>'.join(items)}</li></ul>"),
    st.lists(SOUND, min_size=1, max_size=3).map("\n".join),
)
TEXT = st.lists(BLOCK, min_size=1, max_size=5).map("\n\n".join)


@everywhere
@settings(max_examples=40, deadline=None)
@given(text=TEXT)
def test_no_text_shows_a_mark_or_loses_a_word(shown: Callable[[str], str], text: str) -> None:
    seen = shown(text)
    assert not MARKS.search(seen), seen
    assert in_order(re.findall(r"w\d+", text), re.findall(r"w\d+", seen)), seen


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet="ab *_`~[]()<>&\"'|-#\\\n😀中0.:/", max_size=80))
def test_any_text_is_read_and_nothing_in_it_becomes_markup(text: str) -> None:
    seen = at_the_desk(text)
    tags = set(re.findall(r"<(\w+)", str(rich(text))))
    ours = re.compile("p|h3|pre|hr|blockquote|[uo]l|li|table|t[rdh]|br|strong|em|s|code|a")
    assert all(map(ours.fullmatch, tags)), tags
    # What HTML's tags, a link's title and the name of a block's language say is not shown.
    if not re.search(r"<|\]\(|```|~~~", text):
        assert re.findall(r"[ab😀中]", text) == re.findall(r"[ab😀中]", seen)
    parse_html(telegram.to_html(telegram.parse(text)))
    assert parse(text) == parse(text.replace("\n", "\r\n"))


@settings(max_examples=50, deadline=None)
@given(text=st.text(alphabet="ab *_`~[]()<>&|-#\\中", max_size=60))
def test_what_a_stranger_writes_is_shown_as_it_was_written(text: str) -> None:
    (*found,) = verbatim(text)
    assert "".join(run.text for block in found for run in block.runs) == text.strip()  # type: ignore[union-attr]
    seen, entities = parse_html(telegram.to_html(telegram.verbatim(text)))
    assert (seen.strip(), entities) == (text.strip(), [])
