"""Light Markdown to Telegram's HTML, and the cuts; read back by the stand-in's own HTML reader."""

import random
import re

import pytest

from bot.channels.telegram.text import LIMIT, parse, split, to_html, to_plain, utf16, verbatim
from bot.language.markdown import Run
from tests.support.telegram.markup import parse_html


def shown(text: str) -> str:
    return parse_html(to_html(parse(text)))[0]


def marks(text: str) -> set[tuple[str, str]]:
    seen, entities = parse_html(to_html(parse(text)))
    return {(e["type"], seen[e["offset"] : e["offset"] + e["length"]]) for e in entities}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Within **30 days**.", "Within <b>30 days</b>."),
        ("**退货**需在30天内", "<b>退货</b>需在30天内"),
        ("*free* and ~~$6~~", "<i>free</i> and <s>$6</s>"),
        ("use `a<b`", "use <code>a&lt;b</code>"),
        ("# Returns", "<b>Returns</b>"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<b>no tag</b> <but text>", "no tag &lt;but text&gt;"),
        ("- one\n- two", "• one\n• two"),
        ("* one\n  * nested", "• one\n  • nested"),
        ("1. first\n2. second", "1. first\n2. second"),
        ("> quoted", "│ quoted"),
        (
            '[size "chart"](https://x.example/?a=1&b="2")',
            '<a href="https://x.example/?a=1&amp;b=&quot;2&quot;">size "chart"</a>',
        ),
        ("<https://x.example/a>", '<a href="https://x.example/a">https://x.example/a</a>'),
        ("[bad](javascript:alert)", "bad (javascript:alert)"),
        (
            "```py\nif a < b:\n    go()\n```",
            '<pre><code class="language-py">if a &lt; b:\n    go()</code></pre>',
        ),
        ("```\nleft open", "<pre>left open</pre>"),
        (
            "**bold [link](https://x.example) in**",
            '<b>bold </b><a href="https://x.example"><b>link</b></a><b> in</b>',
        ),
        (r"2 \* 3 and \_x\_", "2 * 3 and _x_"),
    ],
)
def test_light_markdown_becomes_html(text: str, html: str) -> None:
    assert to_html(parse(text)) == html


@pytest.mark.parametrize(
    "text", ["5*3*2 = 30", "a * b * c", "**", "a****b", "snake_case_name", "`", "]( [", "a ** b"]
)
def test_signs_that_mark_nothing_stay(text: str) -> None:
    assert to_html(parse(text)) == text


def test_table_becomes_lines_that_keep_every_cell() -> None:
    table = "| To | Days | Price |\n|---|:-:|---|\n| EU | 3–6 | $5.90 |\n| 中国大陆 | 2–4 | $4.90 |"
    rows = "• EU · Days: 3–6 · Price: $5.90\n• 中国大陆 · Days: 2–4 · Price: $4.90"
    assert shown(table) == f"To · Days · Price\n{rows}"
    assert ("bold", "EU") in marks(table)


def test_plain_text_spells_links_out() -> None:
    runs = parse("See **[returns](https://x.example/r)**.")
    assert to_plain(runs) == "See returns (https://x.example/r)."
    assert to_plain(runs, limit=15) == "See returns."


def test_what_a_person_wrote_is_not_markdown() -> None:
    assert to_html(verbatim("**not** <b> `this` ")) == "**not** &lt;b&gt; `this`"


def test_characters_beyond_the_first_plane_count_twice() -> None:
    assert utf16("a中👍") == 4
    parts = split(parse("👍" * 5000))
    assert [utf16("".join(run.text for run in part)) for part in parts] == [4096, 4096, 1808]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("one two.\n\nthree four.\n\nfive", 22, ["one two.", "three four.\n\nfive"]),
        ("First one. Second one. Third", 24, ["First one. Second one.", "Third"]),
        ("第一句话。第二句话。第三句", 11, ["第一句话。第二句话。", "第三句"]),
        ("price 3.50 dollars now", 12, ["price 3.50", "dollars now"]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        ("abcdefgh👨‍👩‍👧", 12, ["abcdefgh", "👨‍👩‍👧"]),
        ("abcdefg🇳🇱🇨🇳", 13, ["abcdefg🇳🇱", "🇨🇳"]),
        ("abcdefghe\u0301", 9, ["abcdefgh", "e\u0301"]),
        ("", 10, []),
        (" \n\n ", 10, []),
    ],
)
def test_cuts_are_where_a_reader_would_cut(text: str, limit: int, parts: list[str]) -> None:
    assert ["".join(run.text for run in part) for part in split(parse(text), limit)] == parts


def test_mark_that_is_cut_is_closed_and_opened_again() -> None:
    first, second = split([Run("aaaa bbbb", ("b", "i"))], 5)
    assert (to_html(first), to_html(second)) == ("<b><i>aaaa</i></b>", "<b><i>bbbb</i></b>")
    code = split([Run("a\n  b\n", ("pre",), code="py")], 4)
    assert [to_html(part) for part in code] == [
        '<pre><code class="language-py">a</code></pre>',
        '<pre><code class="language-py">  b</code></pre>',
    ]


def long_text(seed: int, length: int) -> str:
    random_ = random.Random(seed)
    pieces = [
        "If a < b && c > d, then **bold** it. ",
        "请在收到商品后30天内申请退货，运费由我们承担。",
        "🧺👩‍👩‍👧‍👦 café \u00a0",
        "\n\n```python\nif x < 3 and y > 4:\n    print('&lt;')\n```\n\n",
        "- item *one* & two\n- [link](https://x.example/?q=1&r=2)\n",
        "averyveryverylongword" * 30,
        "\n\n",
    ]
    text = ""
    while len(text) < length:
        text += random_.choice(pieces)
    return text


@pytest.mark.parametrize("seed", range(5))
def test_long_answer_arrives_whole_in_order_and_readable(seed: int) -> None:
    runs = parse(long_text(seed, 20_000))
    whole = "".join(run.text for run in runs)
    arrived = []
    for part in split(runs):
        text, entities = parse_html(to_html(part))
        assert 0 < utf16(text) <= LIMIT
        assert text.strip("\n") == text
        assert all(e["type"] != "code" for e in entities if "language" in e)
        arrived.append(text)
    squeezed = re.compile(r"\s+")
    assert squeezed.sub("", "".join(arrived)) == squeezed.sub("", whole)
    assert len(arrived) <= 8


def test_any_text_becomes_html_that_telegram_reads() -> None:
    random_ = random.Random(3)
    signs = [*"ab *_`~[]()<>&\"'|-#\\\n😀中", "**", "```", "](https://x.example)", "<b>"]
    for _ in range(2000):
        text = "".join(random_.choices(signs, k=random_.randrange(60)))
        for part in split(parse(text), 20):
            assert parse_html(to_html(part))[0].strip()
