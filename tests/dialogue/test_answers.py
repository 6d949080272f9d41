"""From a burst to what is said: the shopper's language, follow-ups, several questions, moods."""

from dataclasses import replace
from typing import Any

import pytest

from bot.dialogue.answers import Answers
from bot.dialogue.decide import Policy, Reply
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import Skill
from bot.dialogue.skills.courtesies import Courtesies
from bot.dialogue.skills.languages import Languages
from bot.dialogue.skills.rejections import Rejections
from bot.knowledge import confidence
from bot.knowledge.retriever import ShopRetriever
from bot.types import (
    Author,
    Button,
    Chat,
    Claim,
    Language,
    Message,
    Nobody,
    Reason,
    Source,
    Status,
    Turn,
    now,
)

SURE = 0.55  # from here these tests let the bot reply


def said(author: Author, text: str, language: Language, *sources: str) -> Turn:
    found = tuple(Source(each, "faq.yaml", 0.9) for each in sources)
    return Turn(1, author, text, language, now(), sources=found)


def burst(*texts: str, language: Language = "en", choice: str | None = None, **claim: Any) -> Claim:
    messages = tuple(Message(n, 100 + n, text, None, 0) for n, text in enumerate(texts))
    if choice:
        messages = (*messages[:-1], Message(9, 109, texts[-1], choice, 0))
    rest: dict[str, Any] = {"history": (), "moods": (), "status": Status.BOT} | claim
    return Claim(1, Chat("web", "anna"), "me", language=language, messages=messages, **rest)


def read(retriever: ShopRetriever, claim: Claim) -> Outcome:
    policies = {language: Policy(SURE, 0.25, 0.4) for language in confidence.load()}
    skills: list[Skill[Any]] = [Courtesies(""), Languages(), Rejections()]
    return Answers(retriever, policies, skills).answer(claim, Nobody())


def first(outcome: Outcome) -> str:
    """The best entry that was found."""
    return outcome.found[0].entry_id


RETURNS = (
    said(Author.SHOPPER, "怎么退货", "zh"),
    said(Author.BOT, "在「我的订单」里申请。", "zh", "how-to-return"),
)


@pytest.mark.parametrize(
    ("texts", "row", "history", "language"),
    [
        (("How long do I have to return something?",), "en", (), "en"),
        (("怎么退货",), "zh", (), "zh"),
        (("ok",), "en", RETURNS, "zh"),  # "ok" is said in Chinese, too
        (("VIP?",), "en", RETURNS, "zh"),
        (("How long does delivery take?",), "en", RETURNS, "en"),
        (("How long does delivery take?",), "zh", RETURNS, "en"),  # the row is behind
        (("怎么退货",), "en", (), "zh"),  # or ahead
        (("12345",), "zh", RETURNS, "zh"),
        (("hi",), "en", (), "en"),
    ],
)
def test_the_reply_is_in_the_shoppers_language(
    texts: tuple[str, ...],
    row: Language,
    history: tuple[Turn, ...],
    language: Language,
    demo_retriever: ShopRetriever,
) -> None:
    claim = burst(*texts, language=row, history=history)
    heard = read(demo_retriever, claim).heard
    assert heard is not None
    assert heard.language == language


def test_small_talk_and_choices_are_not_searched(demo_retriever: ShopRetriever) -> None:
    thanks = read(demo_retriever, burst("thanks!"))
    assert (thanks.acts, thanks.found, thanks.confidence) == (("SmallTalk",), (), 1.0)
    pressed = read(demo_retriever, burst("Gift cards", choice="entry:gift-card"))
    assert [source.id for source in pressed.say.sources] == ["gift-card"]
    assert pressed.found == ()
    person = read(demo_retriever, burst("Talk to a person", choice="person"))
    assert person.reason is Reason.ASKED_FOR_PERSON


def test_a_greeting_is_the_shops_own_and_its_starters_are_questions(
    demo_retriever: ShopRetriever,
) -> None:
    greeting = read(demo_retriever, burst("/start", choice="command:start")).say
    assert greeting.text.startswith("Hello, and welcome to Juniper & Tide!")
    assert [button.label for button in greeting.buttons][:2] == [
        "How long does delivery take?",
        "How do I return something?",
    ]
    told = replace(said(Author.BOT, greeting.text, "en"), buttons=greeting.buttons)
    second = greeting.buttons[1]
    pressed = read(demo_retriever, burst(second.label, choice=second.value, history=(told,)))
    typed = read(demo_retriever, burst("the second one", history=(told,)))
    for outcome in (pressed, typed):
        assert [source.id for source in outcome.say.sources] == ["how-to-return"]


def test_a_button_of_an_entry_that_is_gone_is_read_as_its_words(
    demo_retriever: ShopRetriever,
) -> None:
    label = "How long do I have to return something?"
    assert first(read(demo_retriever, burst(label, choice="entry:gone"))) == "return-window"


def test_an_empty_message_is_evidence_of_nothing(demo_retriever: ShopRetriever) -> None:
    outcome = read(demo_retriever, burst("  "))
    assert (outcome.found, outcome.confidence, outcome.acts) == ((), 0.0, ())


def test_sure_answers_to_several_questions_are_all_given(demo_retriever: ShopRetriever) -> None:
    claim = burst("How long do I have to return something? What does shipping cost?")
    outcome = read(demo_retriever, claim)
    assert [source.id for source in outcome.say.sources] == ["return-window", "shipping-cost"]
    assert outcome.confidence >= SURE


@pytest.mark.parametrize(
    "text",
    [
        "do you sell gift cards and how do i check the balance?",
        "do you sell gift cards, how do i check the balance",
        "Do you sell gift cards. And how do I check the balance",
    ],
)
def test_questions_are_told_apart_by_their_sense(text: str, demo_retriever: ShopRetriever) -> None:
    told = [source.id for source in read(demo_retriever, burst(text)).say.sources]
    assert told == ["gift-card", "gift-card-balance"]


def test_unless_all_are_sure_they_are_asked_as_one(demo_retriever: ShopRetriever) -> None:
    claim = burst("How long do I have to return something? Who won the match last night?")
    assert read(demo_retriever, claim).more == ()


def test_the_same_answer_is_not_given_twice_at_once(demo_retriever: ShopRetriever) -> None:
    claim = burst("How long do I have to return something? until when can I bring something back?")
    assert read(demo_retriever, claim).more == ()


def test_a_follow_up_is_surer_with_what_it_follows(demo_retriever: ShopRetriever) -> None:
    history = (
        said(Author.SHOPPER, "Do you have gift cards?", "en"),
        said(Author.BOT, "Yes.", "en", "gift-card"),
    )
    alone = read(demo_retriever, burst("how long are they valid?"))
    after = read(demo_retriever, burst("how long are they valid?", history=history))
    assert first(alone) != "gift-card-expiry"
    assert first(after) == "gift-card-expiry"


def test_an_elliptic_follow_up_takes_the_place_of_what_it_is_like(
    demo_retriever: ShopRetriever,
) -> None:
    history = (
        said(Author.SHOPPER, "whats the warranty on the lamp", "en"),
        said(Author.BOT, "2 years.", "en", "warranty-length"),
    )
    assert first(read(demo_retriever, burst("and the pan?", history=history))) == (
        "warranty-cast-iron"
    )


def test_a_language_asked_for_repeats_the_answer_in_it(demo_retriever: ShopRetriever) -> None:
    outcome = read(demo_retriever, burst("and in english please", language="zh", history=RETURNS))
    assert outcome.speaks == "en"
    assert (first(outcome), outcome.say.language) == ("how-to-return", "en")
    alone = read(demo_retriever, burst("能说中文吗"))
    assert (alone.speaks, alone.say.language, alone.acts) == ("zh", "zh", ("Speak",))


def test_what_was_not_asked_is_not_told_again(demo_retriever: ShopRetriever) -> None:
    history = (
        said(Author.SHOPPER, "How long do I have to return something?", "en"),
        said(Author.BOT, "30 days", "en", "return-window"),
    )
    outcome = read(demo_retriever, burst("no thats not what i asked", history=history))
    assert outcome.acts == ("Reject",)
    offered = [button.value for button in outcome.say.buttons]
    assert offered
    assert "entry:return-window" not in offered


def test_what_is_probably_meant_is_answered_and_named(demo_retriever: ShopRetriever) -> None:
    outcome = read(demo_retriever, burst("my skillet has gone rusty :("))
    assert isinstance(outcome.decision, Reply)
    assert outcome.decision.assumed
    assert outcome.say.text.startswith("I take it that you mean “My cast-iron pan is rusty.")


def test_words_that_lead_away_from_the_conversation_do_not_answer_alone(
    demo_retriever: ShopRetriever,
) -> None:
    follow_up = burst("那打折的呢？", language="zh")
    alone = read(demo_retriever, follow_up)
    assert alone.confidence >= SURE  # about discount codes
    after = read(demo_retriever, burst("那打折的呢？", language="zh", history=RETURNS))
    assert first(after) == "return-sale-items"


def test_a_new_subject_stays_one_whatever_was_asked_before(demo_retriever: ShopRetriever) -> None:
    after = read(demo_retriever, burst("那积分会过期吗", language="zh", history=RETURNS))
    assert first(after) == "points-missing"
    assert after.confidence >= SURE


def test_moods_are_read_message_by_message_and_not_from_buttons(
    demo_retriever: ShopRetriever,
) -> None:
    claim = burst("This is terrible!!!", "Gift cards", choice="entry:gift-card", moods=(0.5,))
    heard = read(demo_retriever, claim).heard
    assert heard is not None
    assert list(heard.moods) == [100]
    assert heard.moods[100] < -0.3
    assert heard.moods_read == 2
    assert heard.trend < 0.5


def test_any_message_of_a_burst_may_ask_for_a_person(demo_retriever: ShopRetriever) -> None:
    wanted = Reason.ASKED_FOR_PERSON
    assert read(demo_retriever, burst("I want a human", "hello?")).reason is wanted
    assert read(demo_retriever, burst("转人工", "在吗", language="zh")).reason is wanted
    assert read(demo_retriever, burst("hello", "how are you")).reason is None


def test_an_offer_is_taken_in_words(demo_retriever: ShopRetriever) -> None:
    buttons = (Button("Gift cards", "entry:gift-card"), Button("Gift wrap", "entry:gift-wrap"))
    offer = Turn(2, Author.BOT, "Did you mean", "en", now(), buttons=buttons)
    outcome = read(demo_retriever, burst("the second one", history=(offer,)))
    assert [source.id for source in outcome.say.sources] == ["gift-wrap"]


def test_a_reply_to_an_older_answer_is_understood_from_there(demo_retriever: ShopRetriever) -> None:
    history = (
        said(Author.SHOPPER, "How long do I have to return something?", "en"),
        said(Author.BOT, "You have 30 days from delivery.", "en", "return-window"),
        said(Author.SHOPPER, "Do you ship to Norway?", "en"),
        said(Author.BOT, "Yes, to Norway, too.", "en", "countries-served"),
    )
    asked = Message(1, 101, "And for sale items?", None, 0, quote="You have 30 days from delivery.")
    claim = replace(burst("x", history=history), messages=(asked,))
    replied = read(demo_retriever, claim)
    assert "return" in first(replied)
    followed = read(demo_retriever, burst("And for sale items?", history=history))
    assert first(replied) != first(followed), "without the reply it follows on Norway"


def test_money_taken_wrongly_is_for_a_person_unless_an_entry_is_about_that(
    demo_retriever: ShopRetriever,
) -> None:
    twice = read(demo_retriever, burst("my card was charged twice!!"))
    assert first(twice) == "charged-twice"
    assert isinstance(twice.decision, Reply)
    more = read(demo_retriever, burst("you took more money than the price you showed me"))
    assert more.reason is not None
