"""The stand-in's reader of HTML against Telegram's published rules."""

import pytest

from tests.support.telegram.markup import (
    MarkupError,
    cut16,
    found_entities,
    parse_html,
    tidy,
    utf16,
)


def test_entities_are_counted_in_utf16() -> None:
    text, entities = parse_html(
        "😀 <b>粗体</b> &lt;&amp;&gt; <a href='https://x.example/?a=1&amp;b'>x</a>"
    )
    assert text == "😀 粗体 <&> x"
    assert entities == [
        {"type": "bold", "offset": 3, "length": 2},
        {"type": "text_link", "offset": 10, "length": 1, "url": "https://x.example/?a=1&b"},
    ]
    assert cut16(text, 3, 2) == "粗体"
    assert utf16(text) == 11


def test_code_inside_pre_carries_its_language() -> None:
    text, entities = parse_html('<pre><code class="language-python">a &lt; b</code></pre>')
    assert text == "a < b"
    assert entities == [{"type": "pre", "offset": 0, "length": 5, "language": "python"}]


def test_nested_tags_come_outermost_first() -> None:
    _, entities = parse_html("<b>a<i>b</i></b><u></u><tg-spoiler>c</tg-spoiler>")
    assert [e["type"] for e in entities] == ["bold", "italic", "spoiler"]


def test_unknown_entities_and_lone_ampersands_stay() -> None:
    assert parse_html("Q&A &nbsp; &#x4f60;&#22909; AT&T")[0] == "Q&A &nbsp; 你好 AT&T"


def test_blockquote_may_be_expandable() -> None:
    _, entities = parse_html("<blockquote expandable>long</blockquote>")
    assert entities == [{"type": "expandable_blockquote", "offset": 0, "length": 4}]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("好<p>x</p>", 'Unsupported start tag "p" at byte offset 3'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("1 <2", "Unclosed start tag at byte offset 2"),
        ("1 <2 and 3> 2", 'Unsupported start tag "2" at byte offset 2'),
        ("<b>x", "Can't find end tag corresponding to start tag b"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("<a href>x</a>", "Expected equal sign in declaration of an attribute of the tag "),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(source: str, reason: str) -> None:
    with pytest.raises(MarkupError) as refused:
        parse_html(source)
    assert str(refused.value).startswith(reason)


def test_white_space_around_a_text_is_dropped_and_entities_move_along() -> None:
    text, entities = tidy(*parse_html("\n <b>Hello </b>\n"))
    assert (text, entities) == ("Hello", [{"type": "bold", "offset": 0, "length": 5}])


def test_links_commands_and_mentions_are_found_except_in_code() -> None:
    text, given = parse_html("/help@some_bot see https://a.example/b，@anna <code>/no</code>")
    kinds = [e["type"] for e in found_entities(text, given)]
    assert kinds == ["bot_command", "url", "mention", "code"]
