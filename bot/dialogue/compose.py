"""Puts a decision into words, from the shop's own text: nothing here is made up.

The entry's or passage's text is sent as it stands, a long one shortened to the sentences that the
question is about, in the shopper's language where the knowledge has it, with its source.
"""

from collections.abc import Sequence

from bot.dialogue.decide import Clarify, Decision, Escalate, Reply
from bot.knowledge.entry import version_of
from bot.language.lexical import tokens
from bot.language.markdown import escaped
from bot.language.sentences import sentences
from bot.texts import shorten, t
from bot.types import Button, Candidate, Language, Reason, Say, Source

LONGEST = 900  # characters of one answer; a whole FAQ answer almost always fits
_OPENERS = "#|>-*+0123456789"  # what a heading, a row, an item or a quote begins with
LABEL = 60  # characters on a button
# Hand-overs whose words promise somebody at once, and which have others for when nobody is there.
AT_ONCE = frozenset(
    {Reason.LOW_CONFIDENCE, Reason.NEGATIVE_MOOD, Reason.ASKED_FOR_PERSON, Reason.REPEATED_FAILURE}
)


def compose(
    decision: Decision,
    question: str,
    language: Language,
    *,
    more: Sequence[Candidate] = (),
    away: bool = False,
) -> Say:
    """What the shopper is told; `more` are further answers of a burst with several questions,
    `away` says that nobody is there to take over at once."""
    if isinstance(decision, Escalate):
        how = "away" if away and decision.reason in AT_ONCE else "escalate"
        key = "chat.still_waiting" if decision.again else f"chat.{how}_{decision.reason}"
        return Say(t(key, language), language)
    if isinstance(decision, Clarify):
        key = "chat.clarify_one" if len(decision.choices) == 1 else "chat.clarify_many"
        buttons = tuple(
            Button(shorten(choice.title, LABEL), f"entry:{choice.entry_id}")
            for choice in decision.choices
        )
        return Say(t(key, language), language, buttons)
    return _reply(decision, question, language, more)


def _reply(reply: Reply, question: str, language: Language, more: Sequence[Candidate]) -> Say:
    if reply.withdrawn and reply.candidate is None:
        return Say(t("chat.withdrawn", language), language)
    answers = [*([reply.candidate] if reply.candidate else []), *more]
    parts = [t("chat.withdrawn", language)] if reply.withdrawn else []
    if reply.assumed and reply.candidate:
        parts.append(t("chat.assumed", language, title=escaped(reply.candidate.title)))
    parts += [worded(candidate, question, language) for candidate in answers]
    text = "\n\n".join(parts)
    return Say(text, language, sources=tuple(map(source, answers)))


def worded(candidate: Candidate, question: str, language: Language) -> str:
    """A candidate's text for this question; says so when it is not in the shopper's language."""
    text = relevant(candidate.text, question)
    if candidate.language == language:
        return text
    return f"{t(f'chat.only_in_{candidate.language}', language)}\n\n{text}"


def source(candidate: Candidate) -> Source:
    """Where a candidate comes from, as shoppers and agents see it; the score is 0..1."""
    score = round(max(0.0, min(1.0, candidate.dense)), 4)
    return Source(
        *(candidate.entry_id, candidate.source, score, candidate.title, candidate.url),
        version=version_of(candidate.text),
    )


def relevant(text: str, question: str, longest: int = LONGEST) -> str:
    """`text`, or of a longer one the run of whole sentences that the question is about.

    At most `longest` characters, sentences before the asked one rather than after it; without a
    word in common it is the beginning.
    """
    if len(text) <= longest:
        return text
    room = longest - len("… ") - len(" …")
    spans = _sentences(text)
    asked = frozenset(tokens(question))
    worth = [len(asked & frozenset(tokens(text[start:stop]))) for start, stop in spans]
    best, best_worth = (0, 0), 0
    for first in range(len(spans)):
        total = 0
        for last in range(first, len(spans)):
            if spans[last][1] - spans[first][0] > room:
                break
            total += worth[last]
            if total > best_worth or best_worth == first == 0:
                best, best_worth = (first, last), total
    start, stop = spans[best[0]][0], spans[best[1]][1]
    kept = text[start : min(stop, start + room)]
    # A heading, an item or a row is one only at the beginning of a line.
    opens_line = text[:start].rstrip(" ").endswith("\n") and kept[0] in _OPENERS
    lead = "…\n" if opens_line else "… "
    return f"{lead if start else ''}{kept}{' …' if start + len(kept) < len(text) else ''}"


def _sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence starts and stops in `text`, the space around it left out."""
    spans = []
    start = 0
    for each in sentences(text):
        lead = len(each) - len(each.lstrip())
        spans.append((start + lead, start + len(each.rstrip())))
        start += len(each)
    return spans
