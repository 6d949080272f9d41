"""Written sentences against the demo shop's own passages: true ones are kept, edits are not.

`tests/data/grounding.jsonl` has the sentences, by entry; each edit says what was changed in it.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.types import Language
from bot.writing.grounding import Grounding, Passage, Rejection, known_links, prompt_shingles
from bot.writing.models import prompts
from tests.support.paths import DATA

CASES = [
    json.loads(line) for line in (DATA / "grounding.jsonl").read_text(encoding="utf-8").splitlines()
]
Ground = Callable[..., Grounding]


@pytest.fixture(scope="session")
def ground(demo_index: Index, demo_retriever: ShopRetriever) -> Ground:
    """A check with an entry's passage and what is found beside it."""
    known = known_links(demo_index.entries.values())
    secret = prompt_shingles(prompts.texts())

    def of(entry_id: str, language: Language, question: str = "", alone: bool = False) -> Grounding:
        first = demo_retriever.entry(entry_id, language)
        assert first is not None
        question = question or demo_index.entry(entry_id, language).question
        near = () if alone else demo_retriever.candidates(question)
        found = [first, *(each for each in near if each.entry_id != entry_id)][:4]
        passages = [Passage(each.entry_id, each.text, each.title, each.url) for each in found]
        encoder = demo_index.encoder
        return Grounding(passages, language, question, encoder, known=known, prompts=secret)

    return of


def cases(key: str) -> list[tuple[str, Language, Any]]:
    return [(case["id"], case["lang"], each) for case in CASES for each in case[key]]


@pytest.mark.parametrize(("entry_id", "language", "sentence"), cases("kept"))
def test_a_true_sentence_is_kept(
    ground: Ground, entry_id: str, language: Language, sentence: str
) -> None:
    verdict = ground(entry_id, language).check(sentence)
    assert verdict.kept, verdict
    assert verdict.states


@pytest.mark.parametrize(("entry_id", "language", "edited"), cases("dropped"))
def test_an_edited_sentence_is_dropped(
    ground: Ground, entry_id: str, language: Language, edited: dict[str, str]
) -> None:
    verdict = ground(entry_id, language).check(edited["text"])
    assert not verdict.kept, (edited["edit"], verdict)
    assert verdict.reason


def test_there_are_many_cases_of_every_kind_of_edit_in_both_languages() -> None:
    for language in ("en", "zh"):
        edits = [
            each["edit"] for case in CASES if case["lang"] == language for each in case["dropped"]
        ]
        assert len(edits) >= 70
        assert {"number", "unit", "negation", "condition", "subject", "price", "currency"} <= {
            *edits
        }


REASONS = [
    ("return-window", "en", "You have 60 days from delivery.", Rejection.DATE),
    ("return-window", "en", "We pay you $60.", Rejection.MONEY),
    ("return-window", "en", 'Items marked "Final sale" can be returned.', Rejection.NEGATION),
    ("return-window", "en", "You have 30 days from delivery.", Rejection.CONDITION),
    ("return-window", "en", "![a](https://evil.example/a.png)", Rejection.IMAGE),
    ("return-window", "en", "<b>30 days</b> from delivery.", Rejection.MARKUP),
    ("return-window", "en", "Pay at https://evil.example/pay.", Rejection.LINK),
    ("return-window", "en", "Pay at evil.example.", Rejection.LINK),
    ("return-window", "en", "Read https://juniperandtide.example/free-money.", Rejection.LINK),
    ("return-window", "en", "As an AI language model, I can't say.", Rejection.META),
    ("return-window", "en", "您有 30 天的时间可以退货。", Rejection.LANGUAGE),
    ("return-window", "en", "У вас есть 30 дней.", Rejection.LANGUAGE),
    ("return-window", "en", "Yes.", Rejection.ANSWER),
    ("return-window", "zh", "You have 30 days to return it.", Rejection.LANGUAGE),
    ("return-window", "zh", "可以。", Rejection.ANSWER),
    ("return-window", "zh", "作为一个人工智能助手，我不知道。", Rejection.META),
    ("return-window", "zh", "您有 60 天。", Rejection.DATE),
]


@pytest.mark.parametrize(("entry_id", "language", "sentence", "reason"), REASONS)
def test_the_reason_is_said(
    ground: Ground, entry_id: str, language: Language, sentence: str, reason: Rejection
) -> None:
    assert ground(entry_id, language, alone=True).check(sentence).reason is reason


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_prompts_own_words_are_dropped(ground: Ground, language: Language) -> None:
    check = ground("return-window", language)
    told = [line.strip("- ") for text in prompts.texts() for line in text.split("\n")]
    rules = [line for line in told if "$" not in line and len(line) > 24]
    spoken = [line for line in rules if (line[:1] > "\u3000") == (language == "zh")]
    assert len(spoken) >= 2
    for line in spoken:
        assert not check.check(line).kept, line


COURTESIES = [
    ("en", "I hope this helps!"),
    ("en", "Let me know if you have any other questions."),
    ("zh", "希望对您有帮助！"),
    ("zh", "如果还有其他问题，欢迎随时咨询。"),
]


@pytest.mark.parametrize(("language", "sentence"), COURTESIES)
def test_a_courtesy_is_kept_and_states_nothing(
    ground: Ground, language: Language, sentence: str
) -> None:
    verdict = ground("return-window", language).check(sentence)
    assert verdict.kept
    assert not verdict.states


@pytest.mark.parametrize(
    ("language", "question", "about", "beside", "sentence"),
    [
        (
            "en",
            "How much is express delivery?",
            "express-delivery",
            "delivery-hk-mo-tw",
            "If import charges arise, the recipient pays them.",
        ),
        (
            "zh",
            "加急配送多少钱？",
            "express-delivery",
            "delivery-hk-mo-tw",
            "如果产生进口税费，由收件人承担。",
        ),
        (
            "en",
            "Can I put the cast-iron pan into the dishwasher?",
            "cast-iron-care",
            "product/JT-MUG-01",
            "Safe in dishwasher and microwave.",
        ),
        (
            "zh",
            "铸铁锅能放洗碗机吗？",
            "cast-iron-care",
            "product/JT-MUG-01",
            "可用洗碗机和微波炉。",
        ),
    ],
)
def test_what_is_true_of_another_thing_is_not_said_of_the_one_asked_for(
    demo_index: Index, language: Language, question: str, about: str, beside: str, sentence: str
) -> None:
    def judged(question: str) -> bool:
        entries = [demo_index.entry(each, language) for each in (about, beside)]
        passages = [Passage(each.id, each.answer, each.question) for each in entries]
        return Grounding(passages, language, question, demo_index.encoder).check(sentence).kept

    assert not judged(question)
    assert judged(demo_index.entry(beside, language).question)


def test_what_leans_on_a_dropped_sentence_goes_with_it(ground: Ground) -> None:
    check = ground("warranty-length", "en")
    assert not check.check("The mattress has 9 years.").kept
    assert check.check("It starts on the day of delivery.").reason is Rejection.LEANS
    check = ground("warranty-length", "en")
    assert check.check(
        "You have 2 years on everything, and 5 years on cast iron and solid-wood furniture."
    ).kept
    assert check.check("It starts on the day of delivery.").kept


def test_a_condition_that_the_question_names_need_not_be_said_again(ground: Ground) -> None:
    said = "We pay for the way back from every country."
    entry = "policies/returns-and-refunds#return-costs"
    asked = "Who pays for the way back if the item was faulty, damaged or not what I ordered?"
    assert ground(entry, "en", asked, alone=True).check(said).kept
    assert ground(entry, "en", "Who pays?", alone=True).check(said).reason is Rejection.CONDITION


def test_another_products_price_is_not_the_asked_ones(ground: Ground) -> None:
    asked = "How much is the Breakwater whistling kettle?"
    check = ground("product/JT-KET-01", "en", asked)
    assert not check.check("It costs $64.").kept
    assert check.check("The Breakwater whistling kettle costs $52.").passages == (
        "product/JT-KET-02",
    )


def test_the_passages_that_support_a_sentence_are_named_and_citations_cut(ground: Ground) -> None:
    verdict = ground("phone", "en").check("Sorry, we have no telephone service. [1]")
    assert verdict.text == "Sorry, we have no telephone service."
    assert verdict.passages[0] == "phone"


def test_what_was_said_already_is_not_said_again(ground: Ground) -> None:
    check = ground("phone", "en")
    said = "Sorry, we have no telephone service."
    assert check.check(said).kept
    assert check.check(f"{said} [1]").reason is Rejection.EMPTY
    assert check.check("We have a telephone service.").reason is Rejection.NEGATION


def test_without_passages_nothing_is_stated(demo_index: Index) -> None:
    check = Grounding([], "en", "How?", demo_index.encoder)
    assert not check.check("You have 30 days from delivery.").kept
