"""Nobody can freeze the bot with a text: its time grows no faster than the text, and ends.

Every place that reads a stranger's words stands in a table here. Each is fed with long rows of all
kinds of characters, of the rules' own words, and with mixtures (`long_texts.py`), and at several
lengths: a rule that only looks at short texts may be slow with those. Time is the processor's, not
the clock's, so that a busy machine changes nothing.
"""

import gc
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from types import FrameType

import numpy as np
import pytest

from bot import log, texts
from bot.channels.telegram import media, updates
from bot.channels.telegram import text as telegram_text
from bot.customers import proof_dialogue, typed_proof
from bot.desk.pages.rich import rich
from bot.dialogue import followup, mood, names, parts, person
from bot.dialogue.answers import Answers
from bot.dialogue.decide import Policy
from bot.dialogue.skills.courtesies import Courtesies
from bot.dialogue.skills.languages import Languages, asked_language
from bot.dialogue.skills.rejections import Rejections
from bot.knowledge import confidence, instructions, passages, spelling
from bot.knowledge.readers import columns, rows, source
from bot.knowledge.retriever import ShopRetriever
from bot.language import (
    bridge,
    contacts,
    embedder,
    heads,
    lexical,
    markdown,
    mask,
    quantities,
    smalltalk,
    steering,
    territories,
)
from bot.language.html import without_html
from bot.language.lines import plain
from bot.language.readable import BURST, MESSAGE, readable, readable_burst, readable_claim
from bot.language.regression import Floats
from bot.language.sentences import sentences as whole_sentences
from bot.language.wording import fold
from bot.orders import asks, change_rules, given, meant, record, when, words
from bot.orders.change_rules import Change
from bot.orders.numbers import Numbers, shape_of
from bot.orders.record import State
from bot.types import Author, Chat, Claim, Message, Nobody, Status, Turn, now
from bot.writing import sentences
from bot.writing.grounding import facts, leaks, links, statements
from bot.writing.grounding import words as grounding_words
from bot.writing.models import prompts
from tests.support.long_texts import filled, pieces
from tests.support.outfitter import asked, demo_table
from tests.support.talk import KETTLE, ROBE, bought

Reader = Callable[[str], object]

LONGEST = 4000  # characters of a message that a channel takes
LENGTHS = (58, 298)  # just below where some rules stop looking
END = "\x01"  # where a rule that hoped for more of the same is let down
STUCK = 1.0  # seconds of the processor that no text may take anywhere
HOPELESS = 20.0  # seconds of the whole process after which a reader is not waited for
QUICK = 0.02  # seconds below which growth does not matter
MESSAGE_TAKES = 0.3  # seconds for all that is understood of one; 0.04 where nothing else runs
FINALISTS = 40  # pieces that the longest texts are made of: the slowest ones at a quarter of it
GROWTH = 3.0  # how much faster than its length: of a text 8 times as long, a square shows 8.0
OWN = Numbers(frozenset({"999", "XXXXXX", "9999-w-99", "w9999/9", "订单99999999"}))
AN_ORDER = bought("W2001", State.DELIVERED, KETTLE, ROBE)[1]
KNOWN = frozenset({"kettle", "delivery", "refund", "warranty", "parcel", "exchange"})


def read_as_telegram(text: str) -> object:
    return [telegram_text.to_html(each) for each in telegram_text.split(telegram_text.parse(text))]


def cut(text: str) -> object:
    cutter = sentences.Cutter()
    return [*cutter.feed(text), *cutter.close()]


def step(text: str) -> object:
    waiting = (proof_dialogue.Proving(way="number"), proof_dialogue.Proving(way="code", coded=True))
    return [proof_dialogue.step(each, text, None, mail=True) for each in waiting]


def judge(head: str, text: str) -> Mapping[str, float]:
    """What the shipped heads tell of the words alone."""

    def encode(texts: Sequence[str]) -> Floats:
        return np.full((len(texts), 384), 384**-0.5, dtype=np.float32)

    return heads.load(embedder.ENGLISH_MODEL)[head].read(text, encode)


def a_turn(text: str) -> Turn:
    return Turn(1, Author.SHOPPER, text, "en", now())


# Read whole, as a channel lets it in or a file holds it.
WHOLE: dict[str, Reader] = {
    "how much is read": readable,
    "how much of a burst": lambda text: readable_burst([text, text[:50], text, text]),
    "typed proof": proof_dialogue.read,
    "typed proof, of a shop's own numbers": lambda text: proof_dialogue.read(text, OWN),
    "order numbers": lambda text: (OWN.found(text, asked=True), OWN.hidden(text)),
    "an order's id": shape_of,
    "a step of the proof": step,
    "what is hidden of a proof": lambda text: typed_proof.hidden(text, code=True),
    "e-mail": lambda text: contacts.EMAIL.sub(" ", text),
    "phone": contacts.phone_digits,
    "calling off": steering.called_off,
    "order number": record.number_of,
    "file name": lambda text: media._name(text, "file", "text/plain", 1),
    "command": updates._COMMAND.fullmatch,
    "title": lambda text: texts.shorten(text, 60),
    "relayed to agents": lambda text: telegram_text.split(telegram_text.verbatim(text)),
    "sent to Telegram": read_as_telegram,
    "shown at the desk": rich,
    "words without marks": plain,
    "a stranger's words in ours": markdown.escaped,
    "HTML in a row": without_html,
    "traditional characters": fold,
    "sentences": whole_sentences,
    "log": lambda text: log.hide(None, "", {"event": text}),
    "prompt": prompts.neutral,
    "a model's stream": cut,
    "links": lambda text: (links.links(text), links.has_markup(text), links.without_links(text)),
    "knowledge: orders to a model": instructions.orders,
    "knowledge: a phrasing": passages._normalised,
    "knowledge: passages": lambda text: passages._chunks(text, "en"),
    "knowledge: a heading": source.slug,
    "knowledge: a column": columns.column,
    "knowledge: a date": lambda text: rows._DATE.fullmatch(text),
}
# Read as far as `readable` lets it through.
BOUNDED: dict[str, Reader] = {
    "mood": lambda text: mood.read(text, {}),
    "mood, bridged": lambda text: mood.read(text, {}, bridged=True),
    "a wish for a person": lambda text: (
        person.wants_person(text, judge),
        person.declines_person(text, judge),
    ),
    "a wish to change": lambda text: (
        change_rules.spoken(text, judge),
        change_rules.asked_about(text, judge),
    ),
    "small talk": lambda text: smalltalk.kind(text, judge),
    "an answer to a question": lambda text: steering.steered(text, judge),
    "courtesies": smalltalk.strip_pleasantries,
    "follow-up": lambda text: (followup.leans(text), followup.pressed(text, None, ())),
    "questions": lambda text: (
        list(parts.ways([text], judge)),
        parts.question([text], judge),
    ),
    "elliptic": lambda text: followup.reworded(f"and {text}", text, lambda one, other: 0.0),
    "a language": asked_language,
    "changes": lambda text: [given.given(each, text) for each in Change],
    "quote": lambda text: followup.rewound([a_turn(text)] * 20, text[:600]),
    "orders": lambda text: (asks.read(text, OWN, judge), asks.is_broken(text, judge)),
    "orders of a wish": lambda text: meant.meant(fold(text), [AN_ORDER], (), OWN, leans=False),
    "orders, as a policy": lambda text: asks.asked(text, "policy", judge=judge),
    "items": lambda text: (words.of_question(fold(text)), words.phrase(fold(text))),
    "days": lambda text: when.read(fold(text), date(2026, 11, 2)),
    "search words": lexical.tokens,
    "spelling": lambda text: spelling.corrected(text, KNOWN),
    "dictionary bridge": bridge.to_english,
    "mask": mask.mask,
    "quantities": quantities.parse,
    "products": lambda text: [
        asked(demo_table(), each, *told)
        for each in (text, f"{text}?")
        for told in ((), ("JT-MUG-01",))
    ],
    "facts": facts.facts,
    "names": lambda text: (
        *(territories.territories(text), territories.without_territories(text)),
        *(names.unwanted(text), dict(names.frames_of(text))),
    ),
    "statements": lambda text: (statements.statements(text), statements.clauses(text)),
    "content": lambda text: (grounding_words.names(text), grounding_words.content(text)),
    "conditions": grounding_words.conditions,
    "leaks": lambda text: (leaks.is_meta(text), leaks.is_courtesy(text), leaks.acts(text)),
}


def bounded(reader: Reader) -> Reader:
    return lambda text: reader(readable(text))


READERS = [
    *(pytest.param(reader, LONGEST, id=name) for name, reader in WHOLE.items()),
    *(pytest.param(bounded(reader), MESSAGE, id=name) for name, reader in BOUNDED.items()),
]


class StuckError(Exception):
    """A text took so long that nobody waits for its end."""


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    """Ends what takes more of the processor: an exponential rule would never come back.

    The signal counts every thread of the process and may fall into any code that runs, so it is
    for the hopeless alone; what is judged is the time of this thread.
    """

    def stop(_: int, __: FrameType | None) -> None:
        raise StuckError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def cost(reader: Reader, text: str, tries: int = 1) -> float:
    """Seconds of this thread's processor time, the least of `tries`, without garbage collection."""
    least = HOPELESS
    collected = gc.isenabled()
    gc.disable()
    try:
        for _ in range(tries):
            began = time.thread_time()
            with no_longer_than(HOPELESS):
                reader(text)
            least = min(least, time.thread_time() - began)
    except StuckError:
        return HOPELESS
    finally:
        if collected:
            gc.enable()
    return least


def warm(reader: Reader) -> None:
    """Have the reader load its rules."""
    for text in ("hello, where is W-2001?", "你好，我的订单呢"):
        reader(text)


def slowest(reader: Reader, length: int, drawn: Iterable[str]) -> tuple[float, list[str]]:
    """What the slowest text of this length takes, and the pieces, the slowest first."""
    costs = {piece: cost(reader, filled(piece, length, END)) for piece in drawn}
    ranked = sorted(costs, key=costs.__getitem__, reverse=True)
    return cost(reader, filled(ranked[0], length, END), tries=3), ranked


@pytest.mark.parametrize(("reader", "longest"), READERS)
def test_no_text_freezes_a_reader(reader: Reader, longest: int) -> None:
    warm(reader)
    every: Sequence[str] = pieces(mixtures=30, words=30)
    drawn = every
    for length in sorted({*LENGTHS, max(*LENGTHS, longest // 4), longest}):
        took, ranked = slowest(reader, length, every if length < longest else drawn)
        drawn, piece = ranked[:FINALISTS], ranked[0]
        assert took < STUCK, f"{piece!r} to {length} characters"
    # The last length's slowest: its time against that of an eighth of it.
    took = cost(reader, filled(piece, longest, END), tries=3)
    before = cost(reader, filled(piece, longest // 8, END), tries=3)
    grown = took / max(before, QUICK / 8) / 8
    assert took < QUICK or grown < GROWTH, f"{piece!r}: {before} s, then {took} s"


def test_understanding_the_slowest_message_is_short_work(demo_retriever: ShopRetriever) -> None:
    answers = answering(demo_retriever)

    def understood(text: str) -> object:
        return answers.answer(a_burst(text), Nobody())

    warm(understood)
    for length in (58, LONGEST):  # fewer texts: each part of it met them all above
        took, ranked = slowest(understood, length, pieces(mixtures=30, words=30)[::3])
        assert took < MESSAGE_TAKES, f"{ranked[0]!r} to {length} characters"


def test_a_burst_of_fifty_long_messages_takes_no_longer_than_a_few(
    demo_retriever: ShopRetriever,
) -> None:
    text = filled("> a\n（[a](b),^", LONGEST)
    answers = answering(demo_retriever)

    def understood(text: str) -> object:
        read, _ = answers.proven(a_burst(*[text] * 50), Nobody())
        return answers.answer(read or a_burst(text), Nobody())

    took = cost(understood, text, 3)
    assert took < BURST / MESSAGE * MESSAGE_TAKES


def answering(retriever: ShopRetriever) -> Answers:
    """What reads a whole message, without orders and products."""
    policies = {language: Policy(0.5, 0.25) for language in confidence.load()}
    return Answers(retriever, policies, [Courtesies(""), Languages(), Rejections()])


def a_burst(*texts: str) -> Claim:
    messages = tuple(Message(n, n, text, None, 0) for n, text in enumerate(texts))
    return readable_claim(Claim(1, Chat("web", "anna"), "me", Status.BOT, "en", messages, (), ()))
