"""From a burst to evidence: the shopper's language, follow-ups, several questions, moods."""

from dataclasses import replace
from typing import Any

import pytest

from bot.dialogue.understand import Understanding, understand
from bot.knowledge.retriever import ShopRetriever
from bot.types import Author, Button, Chat, Claim, Language, Message, Source, Status, Turn, now

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


def read(retriever: ShopRetriever, claim: Claim) -> Understanding:
    return understand(claim, retriever, None, SURE)


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
    assert read(demo_retriever, claim).language == language


def test_small_talk_and_choices_are_not_searched(demo_retriever: ShopRetriever) -> None:
    thanks = read(demo_retriever, burst("thanks!")).evidence
    assert (thanks.small_talk, thanks.candidates, thanks.confidence) == ("thanks", (), 1.0)
    pressed = read(demo_retriever, burst("Gift cards", choice="entry:gift-card")).evidence
    assert pressed.chosen is not None
    assert pressed.chosen.entry_id == "gift-card"
    assert pressed.candidates == ()
    person = read(demo_retriever, burst("Talk to a person", choice="person")).evidence
    assert person.wants_person


def test_a_button_of_an_entry_that_is_gone_is_read_as_its_words(
    demo_retriever: ShopRetriever,
) -> None:
    label = "How long do I have to return something?"
    evidence = read(demo_retriever, burst(label, choice="entry:gone")).evidence
    assert evidence.chosen is None
    assert evidence.candidates[0].entry_id == "return-window"


def test_an_empty_message_is_evidence_of_nothing(demo_retriever: ShopRetriever) -> None:
    evidence = read(demo_retriever, burst("  ")).evidence
    assert (evidence.candidates, evidence.confidence, evidence.small_talk) == ((), 0.0, None)


def test_sure_answers_to_several_questions_are_all_given(demo_retriever: ShopRetriever) -> None:
    claim = burst("How long do I have to return something? What does shipping cost?")
    understood = read(demo_retriever, claim)
    assert understood.evidence.candidates[0].entry_id == "return-window"
    assert [each.entry_id for each in understood.more] == ["shipping-cost"]
    assert understood.evidence.confidence >= SURE


def test_unless_all_are_sure_they_are_asked_as_one(demo_retriever: ShopRetriever) -> None:
    claim = burst("How long do I have to return something? Would my neighbour's dog?")
    assert read(demo_retriever, claim).more == ()


def test_the_same_answer_is_not_given_twice_at_once(demo_retriever: ShopRetriever) -> None:
    claim = burst("How long do I have to return something? until when can I bring something back?")
    assert read(demo_retriever, claim).more == ()


def test_a_follow_up_is_surer_with_what_it_follows(demo_retriever: ShopRetriever) -> None:
    history = (
        said(Author.SHOPPER, "Do you have gift cards?", "en"),
        said(Author.BOT, "Yes.", "en", "gift-card"),
    )
    alone = read(demo_retriever, burst("how long are they valid?")).evidence
    after = read(demo_retriever, burst("how long are they valid?", history=history)).evidence
    assert alone.candidates[0].entry_id != "gift-card-expiry"
    assert after.candidates[0].entry_id == "gift-card-expiry"


def test_words_that_lead_away_from_the_conversation_do_not_answer_alone(
    demo_retriever: ShopRetriever,
) -> None:
    follow_up = burst("那打折的呢？", language="zh")
    alone = read(demo_retriever, follow_up).evidence
    assert alone.confidence >= SURE  # about discount codes
    after = read(demo_retriever, burst("那打折的呢？", language="zh", history=RETURNS)).evidence
    assert after.confidence < SURE
    first, second = after.candidates[:2]
    assert {first.entry_id, second.entry_id} == {
        "return-sale-items",
        alone.candidates[0].entry_id,
    }


def test_a_new_subject_stays_one_whatever_was_asked_before(demo_retriever: ShopRetriever) -> None:
    after = read(demo_retriever, burst("那积分会过期吗", language="zh", history=RETURNS)).evidence
    assert after.candidates[0].entry_id == "points-missing"
    assert after.confidence >= SURE


def test_moods_are_read_message_by_message_and_not_from_buttons(
    demo_retriever: ShopRetriever,
) -> None:
    claim = burst("This is terrible!!!", "Gift cards", choice="entry:gift-card", moods=(0.5,))
    understood = read(demo_retriever, claim)
    assert list(understood.moods) == [100]
    assert understood.moods[100] < -0.3
    assert understood.evidence.moods_read == 2
    assert understood.evidence.trend < 0.5


def test_any_message_of_a_burst_may_ask_for_a_person(demo_retriever: ShopRetriever) -> None:
    assert read(demo_retriever, burst("I want a human", "hello?")).evidence.wants_person
    assert read(demo_retriever, burst("转人工", "在吗", language="zh")).evidence.wants_person
    assert not read(demo_retriever, burst("hello", "how are you")).evidence.wants_person


def test_an_offer_is_taken_in_words(demo_retriever: ShopRetriever) -> None:
    buttons = (Button("Gift cards", "entry:gift-card"), Button("Gift wrap", "entry:gift-wrap"))
    offer = Turn(2, Author.BOT, "Did you mean", "en", now(), buttons=buttons)
    evidence = read(demo_retriever, burst("the second one", history=(offer,))).evidence
    assert evidence.chosen is not None
    assert evidence.chosen.entry_id == "gift-wrap"
    assert evidence.clarified == 1


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
    assert "return" in replied.evidence.candidates[0].entry_id
    followed = read(demo_retriever, burst("And for sale items?", history=history))
    best = [found.evidence.candidates[0].entry_id for found in (replied, followed)]
    assert best[0] != best[1], "without the reply it follows on Norway"
