"""What is a mark and what is text, and what becomes of HTML."""

import pytest

from bot.language.html import without_html
from bot.language.lines import plain
from bot.language.markdown import (
    Code,
    Heading,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Run,
    Table,
    escaped,
    parse,
    verbatim,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("### Returns\nWithin **30 days**.", "Returns\nWithin 30 days."),
        ("###退货须知\n**退货。**需在30天内", "退货须知\n退货。需在30天内"),
        ("**“Sale”**items and **Note:**read", "“Sale”items and Note:read"),
        ("See **this: the end is missing", "See this: the end is missing"),
        ("- a\n  1. b\n  2. c\n- d", "• a\n  1. b\n  2. c\n• d"),
        ("1. a\n1. b\n7. c", "1. a\n2. b\n7. c"),
        ("3. a\n\ntext\n4. b", "3. a\n\ntext\n4. b"),
        ("a\n---\nb", "a\n\n———\n\nb"),
        ("> said\n> twice", "│ said\n│ twice"),
        ("[us](mailto:help@shop.example)", "us (help@shop.example)"),
        ("[](https://x.example)", "https://x.example"),
        ("a &lt; b &amp; c&nbsp;d", "a < b & c\xa0d"),
        ("```\nx = 1", "x = 1"),
        ("```say this\nx", "say this\nx"),
        ("[1]: https://x.example", "[1]: https://x.example"),
        ("    four spaces are no code", "four spaces are no code"),
    ],
)
def test_marks_are_not_shown(text: str, words: str) -> None:
    assert plain(text) == words


@pytest.mark.parametrize(
    "text",
    [
        *("5*3*2 = 30", "长*宽*高", "2**8", "a ** b", "**** 1234", "#1 of all", ">30 kg", "5~~6"),
        *("snake_case_name", "a < b > c", "Dear <your name>,", "-5 °C", "2026.11.02", "`"),
    ],
)
def test_signs_that_mark_nothing_stay(text: str) -> None:
    assert plain(text) == text.strip()


def test_a_table_keeps_every_cell_with_or_without_a_head() -> None:
    table = "| To | Days |\n|---|---|\n| EU | 3<br>to 6 | more |"
    words = [["To"], ["Days"]], [["EU"], ["3\nto 6"], ["more"]]
    (found,) = parse(f"{table}\n")
    assert isinstance(found, Table)
    assert found.headed
    assert [[[run.text for run in cell] for cell in row] for row in found.rows] == list(words)
    assert plain("Prices:\n| EU | 5 |\n| US | 9") == "Prices:\n• EU · 5\n• US · 9"
    assert plain("| To | Days |\n|--") == "• To · Days"  # as it is being written


def test_blocks_hold_blocks() -> None:
    text = "## H\n- a\n\n  > q\n\n  ```py\n  x\n  ```\n\n***"
    heading, listing, rule = parse(text)
    assert (type(heading), type(rule)) == (Heading, Rule)
    assert isinstance(listing, Listing)
    assert [type(block) for block in listing.items[0].blocks] == [Paragraph, Quote, Code]


def test_no_word_is_lost_however_deep_it_stands() -> None:
    for text in ("- " * 60 + "deep", "> " * 60 + "deep", "> - " * 40 + "deep", "1. " * 40 + "deep"):
        assert "deep" in plain(text)
    assert plain("long " * 20_000).count("long") == 20_000


def test_an_address_is_a_link_where_it_can_be_opened() -> None:
    (line,) = parse("See https://x.example/a_b_c. And [**this**](https://y.example) [no](ftp://z)")
    assert isinstance(line, Paragraph)
    links = {run.text: run.link for run in line.runs if run.link}
    assert links == {
        "https://x.example/a_b_c": "https://x.example/a_b_c",
        "this": "https://y.example",
    }


def test_what_a_person_wrote_has_no_marks_but_addresses() -> None:
    text = "**a** <b>c</b>\n# d [e](https://x.example) | f |"
    (found,) = verbatim(text)
    assert isinstance(found, Paragraph)
    assert "".join(run.text for run in found.runs) == text
    assert not any(run.marks for run in found.runs)


@pytest.mark.parametrize(
    "text",
    [
        "**5** <b>x</b> [a](https://evil.example) `c` ~~d~~ a_b_ \\ | &amp;",
        "Haupt*str.* 5",
        "plain",
    ],
)
def test_a_strangers_words_in_ours_stay_text(text: str) -> None:
    (found,) = parse(f"Reason: {escaped(text)}")
    assert isinstance(found, Paragraph)
    assert "".join(run.text for run in found.runs) == f"Reason: {text}"
    assert not any(run.marks for run in found.runs)
    assert escaped("as it is, 5*3") == "as it is, 5*3"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hi <b>you</b>.</p><p>Two</p>", "Hi you.\n\nTwo"),
        ("Line<br>break<BR/>and", "Line\nbreak\nand"),
        ("<ul><li>a</li>\n<li>b</li></ul>", "• a\n• b"),
        ("<h3>Top</h3>text", "Top\ntext"),
        (
            "<table><tr><td>EU</td> <td>5</td></tr><tr><td>US</td><td>9</td></tr></table>",
            "EU · 5\nUS · 9",
        ),
        ('see <a href="https://x.example" class="b">here</a>', "see here (https://x.example)"),
        ("<!-- note -->said", "said"),
        ("use `<p>` so", "use <p> so"),
        ("5 < 6 and <name> stay, <p unclosed", "5 < 6 and <name> stay, <p unclosed"),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert plain(html) == text
    assert plain(without_html(html)) == text


def test_runs_that_look_alike_are_one() -> None:
    assert parse("a\\*b &amp; c") == (Paragraph((Run("a*b & c"),)),)
