"""What a burst tells of the shopper, whatever it asks: language, mood, a wish for a person.

It decides nothing and writes nothing. Runs on a worker thread: it computes for a few milliseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.dialogue import mood, person
from bot.dialogue.mood import Mood
from bot.knowledge.retriever import ShopRetriever
from bot.language.detect import detect_language
from bot.language.foreign import is_english, language_of
from bot.types import Claim, Language

_TELLING = 2  # little words that tell a language; one may be a name
PERSON = "person"  # the value of the button that calls for one


@dataclass(frozen=True)
class Heard:
    """`moods` are the burst's by turn id, `trend` the conversation's (-1..1) over `moods_read`
    messages; `negative` and `angry` say that one of the burst's is. `foreign` is the code of the
    language that it is written in, where that is understood but not answered in."""

    language: Language
    moods: Mapping[int, float] = field(default_factory=dict)
    trend: float = 0.0
    moods_read: int = 0
    negative: bool = False
    angry: bool = False
    wants_person: bool = False
    declines_person: bool = False
    foreign: str | None = None


def hear(claim: Claim, pressed: str, retriever: ShopRetriever) -> Heard:
    """What is heard in the burst; `pressed` is the value of the button that it presses."""
    texts = [message.text for message in claim.messages if message.text.strip()]
    language = _language(claim, texts)
    moods = {
        message.turn_id: feel(message.text, retriever)
        for message in claim.messages
        if not message.choice
    }
    scores = [*claim.moods, *(each.score for each in moods.values())]
    return Heard(
        language,
        {turn_id: each.score for turn_id, each in moods.items()},
        mood.trend(scores),
        len(scores),
        negative=any(each.negative for each in moods.values()),
        angry=any(each.angry for each in moods.values()),
        wants_person=pressed == PERSON
        or any(person.wants_person(text, retriever.judge) for text in texts),
        declines_person=any(person.declines_person(text, retriever.judge) for text in texts),
        foreign=_foreign(" ".join(texts), retriever),
    )


def _foreign(text: str, retriever: ShopRetriever) -> str | None:
    if not retriever.reading(text).startswith("multilingual"):
        return None
    return language_of(text, at_least=_TELLING)


def feel(text: str, retriever: ShopRetriever) -> Mood:
    """The mood of one message, by what the encoder makes of it and by its words."""
    felt = retriever.judge(mood.HEAD, text)
    return mood.read(text, felt, bridged=retriever.reading(text) == "bridged")


def _language(claim: Claim, texts: Sequence[str]) -> Language:
    """The chosen language, else the conversation's, which a word or two of English ("ok", "VIP?")
    do not change, nor what a dialogue is told that is no English sentence."""
    if claim.language_fixed:
        return claim.language
    said = " ".join(texts)
    spoken = detect_language(said, claim.language)
    if spoken == "en" and claim.history:
        if len(said.split()) <= 2:
            return claim.history[-1].language
        if claim.dialogue and not is_english(said):
            return claim.language
    return spoken
