"""The words of an answer: the shop's own, in whole sentences, never too long, with its source."""

import pytest

from bot.dialogue.compose import compose, relevant, worded
from bot.dialogue.decide import Clarify, Escalate, Reply
from bot.types import Candidate, Language, Reason

CARE = (
    "Linen likes warm water and little spinning. "
    "Wool wants cold water, a wool programme and no fabric softener! "
    "Does oak need oil? Yes, twice a year, with the oil that came with it.\n\n"
    "Cast iron must never go into the dishwasher. It rusts there within a day."
)
CARE_ZH = (
    "亚麻请用温水、低速脱水。羊毛请用冷水和羊毛程序，不要加柔顺剂！"
    "橡木一年上两次油，用随附的油即可。\n铸铁锅千万不要放进洗碗机；一天就会生锈。"
)


def candidate(text: str = "30 days.", language: Language = "en", entry: str = "a") -> Candidate:
    return Candidate(
        entry_id=entry,
        language=language,
        title=f"Title of {entry}",
        text=text,
        source="faq/returns.en.yaml",
        kind="faq",
        dense=1.2,
        dense_mean=0.5,
        lexical=0.4,
        overlap=0.3,
        coverage=0.3,
        score=1.0,
        url="https://juniperandtide.example/help",
    )


def test_what_fits_is_sent_as_it_stands() -> None:
    assert relevant(CARE, "wool", longest=len(CARE)) == CARE


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Can I wash wool?", "… Wool wants cold water, a wool programme and no fabric softener! …"),
        ("linen", "Linen likes warm water and little spinning. …"),
        ("cast iron in the dishwasher", "… Cast iron must never go into the dishwasher. …"),
        ("why did it get rust in a day", "… It rusts there within a day."),
    ],
)
def test_of_a_long_text_the_asked_sentence_is_kept_whole(question: str, kept: str) -> None:
    assert relevant(CARE, question, longest=70) == kept


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("羊毛怎么洗", "… 羊毛请用冷水和羊毛程序，不要加柔顺剂！ …"),
        ("铸铁锅能进洗碗机吗", "… 铸铁锅千万不要放进洗碗机； …"),
        ("橡樹幾次油", "… 橡木一年上两次油，用随附的油即可。 …"),
    ],
)
def test_a_long_chinese_text_is_cut_between_its_sentences(question: str, kept: str) -> None:
    assert relevant(CARE_ZH, question, longest=27) == kept


def test_neighbouring_sentences_come_along_with_what_parts_them() -> None:
    kept = relevant(CARE, "oil for oak, and the dishwasher", longest=len(CARE) - 60)
    assert "Does oak need oil? Yes, twice a year" in kept
    assert "came with it.\n\nCast iron must never go into the dishwasher." in kept


@pytest.mark.parametrize("longest", range(20, 160, 7))
@pytest.mark.parametrize("question", ["wool", "dishwasher rust", "羊毛", "洗碗机", "nothing of it"])
@pytest.mark.parametrize("text", [CARE, CARE_ZH * 3, "x" * 400, CARE.replace(" ", "   ")])
def test_nothing_is_longer_than_the_limit(text: str, question: str, longest: int) -> None:
    assert 0 < len(relevant(text, question, longest)) <= longest


def test_without_a_word_in_common_it_is_the_beginning_as_far_as_it_fits() -> None:
    kept = relevant(CARE, "铸铁", longest=120)
    assert kept.startswith("Linen likes")
    assert kept.endswith("no fabric softener! …")


def test_a_sentence_that_appears_twice_is_found_where_the_answer_is() -> None:
    text = "Wash cold.\nSheets: wash warm.\nCushions: wash cold. Never iron."
    assert relevant(text, "cushions", longest=44) == "… Sheets: wash warm.\nCushions: wash cold. …"


def test_an_answer_in_the_other_language_says_so() -> None:
    assert worded(candidate(), "退货", "zh") == "抱歉，这条内容目前只有英文版：\n\n30 days."
    noted = worded(candidate("三十天。", "zh"), "return", "en")
    assert noted == "I'm sorry, I have this in Chinese only:\n\n三十天。"
    assert worded(candidate(), "return", "en") == "30 days."


def test_a_reply_names_its_sources() -> None:
    first, second = candidate(entry="a"), candidate("14 days.", entry="b")
    say = compose(Reply(first), "?", "en", more=[second])
    assert say.text == "30 days.\n\n14 days."
    assert [(each.id, each.source, each.score) for each in say.sources] == [
        ("a", "faq/returns.en.yaml", 1.0),  # a cosine may be rounded past 1
        ("b", "faq/returns.en.yaml", 1.0),
    ]


def test_a_clarification_offers_the_titles_as_buttons() -> None:
    many = Clarify((candidate(entry="a"), candidate(entry="b" * 90)))
    say = compose(many, "?", "en")
    assert [button.value for button in say.buttons] == ["entry:a", f"entry:{'b' * 90}"]
    assert say.buttons[0].label == "Title of a"
    assert len(say.buttons[1].label) == 60
    assert say.sources == ()
    assert "one of these" in say.text
    one = compose(Clarify(many.choices[:1]), "?", "zh")
    assert one.text == "不太确定有没有理解对，您是想问这个吗？"


# Nobody announces that a person of the shop writes: they did it themself.
@pytest.mark.parametrize("reason", [each for each in Reason if each is not Reason.SHOP_WROTE])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_hand_over_has_its_words(reason: Reason, language: Language) -> None:
    say = compose(Escalate(reason), "", language)
    again = compose(Escalate(reason, again=True), "", language)
    assert say.text != again.text
    assert ("同事" if language == "zh" else "colleague") in say.text + again.text
