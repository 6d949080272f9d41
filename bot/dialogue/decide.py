"""What to do with a message: reply, clarify or bring in a person. A pure function over evidence.

All thresholds and their order are here and nowhere else. Nothing is looked up, said or stored:
`compose.py` finds the words, `flow.py` writes them down.
"""

from dataclasses import dataclass, replace

from bot.types import Candidate, Language, Reason, Status

# A conversation whose recency-weighted mood is below this needs a person, whatever is asked.
SOUR_TREND = -0.45
# So many shopper messages make a trend; fewer are one message's mood.
TREND_MESSAGES = 3
# After so many clarifications in a row, the next miss goes to a person.
CLARIFICATIONS = 2
_NEARLY = 0.85  # of the best score
# A button is worth showing when its entry is at least so likely, compared with the first one.
WORTH_A_BUTTON = 0.35
# Below this cosine of the best entry, the question is about something else altogether.
NOTHING_ALIKE = 0.4

# Reasons for which the bot still answers what it knows while the shopper waits in the queue.
STILL_HELPFUL = frozenset(
    {
        Reason.LOW_CONFIDENCE,
        Reason.OUT_OF_SCOPE,
        Reason.REPEATED_FAILURE,
        Reason.GUESSING,
        Reason.REQUEST,
    }
)

# Reasons that say no more than that the bot has not understood.
UNSURE = frozenset({Reason.LOW_CONFIDENCE, Reason.OUT_OF_SCOPE, Reason.REPEATED_FAILURE})


@dataclass(frozen=True)
class Policy:
    """From which confidence (0..1) the bot replies, from which it asks "did you mean", and from
    which it answers what is probably meant, and says so; above 1 it never does."""

    reply_at: float
    clarify_at: float
    assume_at: float = 2.0


@dataclass(frozen=True)
class Evidence:
    """Everything that the decision may depend on.

    `confidence` is the probability (0..1) that the first of `candidates` is right. `mood` and
    `trend` are -1..1, `moods_read` counts the messages behind the trend. `clarified` counts the
    clarifications since the last reply; `language` is the shopper's; `waiting_for` is the open
    ticket's reason; `spoken` says that a skill has the answer, without the knowledge, `bare` that
    a word or two is all there is.
    """

    status: Status = Status.BOT
    waiting_for: Reason | None = None
    wants_person: bool = False
    declines_person: bool = False
    spoken: bool = False
    bare: bool = False
    chosen: Candidate | None = None
    language: Language = "en"
    candidates: tuple[Candidate, ...] = ()
    confidence: float = 0.0
    negative: bool = False
    angry: bool = False
    trend: float = 0.0
    moods_read: int = 0
    clarified: int = 0


@dataclass(frozen=True)
class Reply:
    """Answer from `candidate`, or with what a skill has `spoken`; `assumed`: it is likely to be
    meant, and that is said. `withdrawn` takes back the call for a person."""

    candidate: Candidate | None = None
    spoken: bool = False
    assumed: bool = False
    withdrawn: bool = False


@dataclass(frozen=True)
class Clarify:
    """Ask "did you mean", with one to three entries; none where it is about which order."""

    choices: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Escalate:
    """Bring in a person. `again`: they are already called, and only need to be told of this."""

    reason: Reason
    again: bool = False


Decision = Reply | Clarify | Escalate


def decide(evidence: Evidence, policy: Policy) -> Decision:
    """The first rule that fits, from what a shopper may insist on down to what the bot guesses."""
    if evidence.status is Status.WAITING and evidence.waiting_for is not None:
        return _while_waiting(evidence, policy, evidence.waiting_for)
    if evidence.wants_person:
        return Escalate(Reason.ASKED_FOR_PERSON)
    if evidence.angry:
        return Escalate(Reason.NEGATIVE_MOOD)
    if evidence.moods_read >= TREND_MESSAGES and evidence.trend <= SOUR_TREND:
        return Escalate(Reason.NEGATIVE_MOOD)
    if answer := _answer(evidence, policy):
        return answer
    if evidence.negative:
        return Escalate(Reason.NEGATIVE_MOOD)
    if evidence.clarified >= CLARIFICATIONS:
        return Escalate(Reason.REPEATED_FAILURE)
    if evidence.candidates and (likely := _assumed(evidence, policy)):
        return likely
    if evidence.candidates and evidence.confidence >= policy.clarify_at:
        return Clarify(worth_a_button(_readable(evidence)))
    return Escalate(Reason.OUT_OF_SCOPE if _nothing_alike(evidence) else Reason.LOW_CONFIDENCE)


def _while_waiting(evidence: Evidence, policy: Policy, reason: Reason) -> Decision:
    """Somebody is on their way: never argue, but do not withhold a sure answer either."""
    if evidence.declines_person:
        answer = _answer(evidence, policy)
        return replace(answer or Reply(), withdrawn=True)
    if evidence.wants_person:
        return Escalate(Reason.ASKED_FOR_PERSON, again=True)
    if evidence.angry:
        return Escalate(Reason.NEGATIVE_MOOD, again=True)
    if reason in STILL_HELPFUL:
        answer = _answer(evidence, policy)
        if answer or (evidence.candidates and (answer := _assumed(evidence, policy))):
            return answer
    return Escalate(reason, again=True)


def _answer(evidence: Evidence, policy: Policy) -> Reply | None:
    if evidence.spoken:
        return Reply(spoken=True)
    if evidence.chosen:
        return Reply(evidence.chosen)
    if not evidence.candidates or evidence.candidates[0].contradicts:
        return None
    if evidence.confidence >= policy.reply_at:
        return Reply(evidence.candidates[0])
    return None


def _assumed(evidence: Evidence, policy: Policy) -> Reply | None:
    """What is probably meant. A product is no answer to a question that its catalogue has not
    taken: an entry that is nearly as likely goes before it."""
    if evidence.confidence < policy.assume_at or evidence.candidates[0].contradicts:
        return None
    floor = evidence.candidates[0].score * _NEARLY
    likely = [e for e in evidence.candidates if e.kind != "product" and not e.contradicts]
    if not likely or likely[0].score < floor:
        return None
    if evidence.bare and any(each.score >= floor for each in evidence.candidates[1:]):
        return None  # "gift" may be a card or a wrapping
    return Reply(likely[0], assumed=True)


def _readable(evidence: Evidence) -> tuple[Candidate, ...]:
    """The candidates in the shopper's language, and those in that of the likeliest."""
    first = evidence.candidates[0].language
    return tuple(e for e in evidence.candidates if e.language in (first, evidence.language))


def worth_a_button(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Those of the candidates that a "did you mean" offers."""
    if not candidates:
        return ()
    floor = candidates[0].score * WORTH_A_BUTTON
    return tuple(candidate for candidate in candidates[:3] if candidate.score >= floor)


def _nothing_alike(evidence: Evidence) -> bool:
    return not evidence.candidates or evidence.candidates[0].dense < NOTHING_ALIKE
