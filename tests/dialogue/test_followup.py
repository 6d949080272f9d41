"""What a message leans on: the question before, an offered button, several questions at once."""

from collections.abc import Sequence

import pytest

from bot.dialogue import followup
from bot.types import Author, Button, Source, Turn, now


def turn(
    author: Author, text: str, *, buttons: Sequence[str] = (), sources: Sequence[str] = ()
) -> Turn:
    return Turn(
        1,
        author,
        text,
        "en",
        now(),
        buttons=tuple(Button(f"About {value}", f"entry:{value}") for value in buttons),
        sources=tuple(Source(value, "faq.yaml", 0.9) for value in sources),
    )


def shopper(text: str) -> Turn:
    return turn(Author.SHOPPER, text)


def bot(text: str = "…", *, buttons: Sequence[str] = (), sources: Sequence[str] = ()) -> Turn:
    return turn(Author.BOT, text, buttons=buttons, sources=sources)


OFFER = [shopper("gift"), bot("Did you mean", buttons=["card", "wrap", "logo"])]


@pytest.mark.parametrize(
    "text",
    [
        "and for sale items?",
        "What about Canada?",
        "ok, and how much is it?",
        "is it the same for pillows",
        "how long are they valid?",
        "那打折的呢？",
        "寄到香港呢",
        "好的，那运费谁出",
        "这款有蓝色吗",
        "如果已经拆了的话",
        "ＡＮＤ for sale items?",
    ],
)
def test_a_follow_up_leans_on_what_was_asked(text: str) -> None:
    assert followup.leans(text)


@pytest.mark.parametrize(
    "text",
    [
        "How long do I have to return something?",
        "Where is my parcel",
        "怎么退货",
        "运费多少",
        "and " + "so I bought a very long linen sheet for my mother " * 3,
        "那" + "我上个月在你们店里买的亚麻床单" * 3,
    ],
)
def test_a_question_of_its_own_leans_on_nothing(text: str) -> None:
    assert not followup.leans(text)


def unlike(one: str, other: str) -> float:
    """No word stands for a thing of another's kind."""
    return 0.0


def alike(one: str, other: str) -> float:
    """Places are like places."""
    places = {"brazil", "norway", "peru", "香港", "新疆"}
    return float(one in places and other in places)


@pytest.mark.parametrize(
    ("text", "before", "readings"),
    [
        (
            "and to Norway?",
            "Do you ship to Brazil?",
            ["do you ship to norway", "do you ship to brazil to norway"],
        ),
        ("ok and the pan?", "Is the lamp new?", ["is the lamp new the pan"]),
        ("新疆呢", "寄到香港要多少钱", ["寄到新疆要多少钱", "寄到香港要多少钱 新疆"]),
        ("and can I return it?", "Do you ship to Brazil?", []),
        ("Do you sell gift cards?", "Do you ship to Brazil?", []),
        ("and?", "Do you ship to Brazil?", []),
    ],
)
def test_an_elliptic_question_is_worded_anew(text: str, before: str, readings: list[str]) -> None:
    assert followup.reworded(text, before, alike) == readings


def test_a_row_of_elliptic_questions_is_resolved() -> None:
    history = [
        shopper("Do you ship to Brazil?"),
        bot(sources=["a"]),
        shopper("and to Peru?"),
        bot(sources=["b"]),
    ]
    assert followup.context(history, alike) == ("do you ship to peru", frozenset({"b"}))


def test_what_a_record_answered_is_no_context_for_the_knowledge() -> None:
    history = [shopper("how big is the runner"), bot(sources=["product/JT-RUG-02"])]
    assert followup.context(history, unlike) == ("", frozenset())


def test_the_context_is_the_last_real_question_and_what_answered_it() -> None:
    history = [
        shopper("How much is shipping?"),
        bot(sources=["shipping-cost"]),
        shopper("How do I return an item?"),
        bot(sources=["how-to-return", "return-cost"]),
        shopper("thanks!"),
        bot("You're welcome"),
    ]
    assert followup.context(history, unlike) == (
        "How do I return an item?",
        frozenset({"how-to-return", "return-cost"}),
    )
    assert followup.context([shopper("hello"), bot("Hello!")], unlike) == ("", frozenset())
    assert followup.context([], unlike) == ("", frozenset())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "card"),
        ("1.", "card"),
        ("the first one", "card"),
        ("first", "card"),
        ("option 2", "wrap"),
        ("The second one, please", "wrap"),
        ("I meant the second", "wrap"),
        ("2nd one", "wrap"),
        ("three", "logo"),
        ("the last one", "logo"),
        ("第一个", "card"),
        ("选1", "card"),
        ("第2个吧", "wrap"),
        ("我要第二个", "wrap"),
        ("二", "wrap"),
        ("３", "logo"),
        ("最后一个", "logo"),
        ("about WRAP", "wrap"),
    ],
)
def test_an_offer_is_taken_in_words(text: str, value: str) -> None:
    assert followup.pressed(text, None, OFFER) == f"entry:{value}"


@pytest.mark.parametrize(
    "text", ["4", "the fourth", "one pillow", "no", "yes", "一个枕头", "第一次买怎么付款", "a lamp"]
)
def test_other_words_press_nothing(text: str) -> None:
    assert followup.pressed(text, None, OFFER) is None


def test_yes_takes_the_only_offer_and_no_other() -> None:
    single = [bot(buttons=["card"])]
    for yes in ("yes", "Yep!", "是的", "对"):
        assert followup.pressed(yes, None, single) == "entry:card"
    assert followup.pressed("3", None, single) is None
    assert followup.pressed("the last one", None, single) == "entry:card"


def test_an_offer_ends_with_the_next_thing_said_to_the_shopper() -> None:
    assert followup.pressed("1", None, [*OFFER, shopper("hm")]) == "entry:card"
    assert followup.pressed("1", None, [*OFFER, bot("Something else")]) is None
    assert followup.pressed("1", None, []) is None


def test_a_click_counts_whatever_was_offered_since() -> None:
    assert followup.pressed("Gift cards", "entry:card", []) == "entry:card"
    assert followup.pressed("…", "person", OFFER) == "person"


def test_clarifications_count_since_the_last_answer() -> None:
    offer = bot(buttons=["a", "b"])
    answer = bot(sources=["a"])
    assert followup.clarifications([]) == 0
    assert followup.clarifications([offer, shopper("?"), offer]) == 2
    assert followup.clarifications([offer, answer, shopper("?"), offer]) == 1
    assert followup.clarifications([offer, offer, answer]) == 0
    assert followup.clarifications([offer, turn(Author.AGENT, "Hello"), offer]) == 1


def test_a_reply_goes_back_to_the_message_it_answers() -> None:
    history = [
        shopper("How long may I return it?"),
        bot("You have **30 days** from delivery.", sources=["window"]),
        shopper("Do you ship to Norway?"),
        bot("Yes, we do.", sources=["countries"]),
    ]
    quote = "You have 30 days from delivery.\n\nSource: Returns"
    assert followup.context(followup.rewound(history, quote), unlike) == (
        "How long may I return it?",
        frozenset({"window"}),
    )
    assert followup.rewound(history, "30 days from") == history[:2], "only a part was marked"
    assert followup.rewound(history, "do you ship to norway") == history[:3]
    assert followup.rewound(history, "") == history


def test_a_reply_to_what_is_long_gone_leans_on_its_words_alone() -> None:
    around = followup.rewound(
        [shopper("Hello there"), bot("Yes.")], "Sale items cannot be returned"
    )
    assert followup.context(around, unlike) == ("Sale items cannot be returned", frozenset())
    assert followup.rewound([shopper("ok"), bot("no")], "ok")[0].text == "ok"
