"""What comes of a turn, stored in one transaction: the answer, its way out, the ticket, requests.

A kill at any moment leaves either all of it or none.
"""

from dataclasses import replace

from sqlmodel import Session

from bot.catalogue.focus import Focus
from bot.conversations import bursts, conversation, outbox
from bot.conversations.conversation import saved
from bot.customers import identity, refusals
from bot.database.tables import ConversationRow
from bot.dialogue import commands, satisfaction
from bot.dialogue.decide import Clarify, Escalate, Reply
from bot.dialogue.hearing import Heard
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills.change_words import Prepared
from bot.dialogue.skills.withdrawals import taken_back
from bot.insights.experiments import running
from bot.tickets import opening, requests
from bot.types import Author, Claim, Language, Reason, Status, now


def tell(session: Session, claim: Claim, outcome: Outcome) -> float | None:
    """One transaction: the reply and, with it, the ticket that it announces.

    How many seconds the shopper waited; None when a person was faster and the reply is dropped.
    """
    if outcome.withdraws:
        outcome = _withdrawn(session, claim, outcome)
    decision, say = outcome.decision, outcome.say
    heard = outcome.heard or Heard(say.language)
    row = conversation.lock(session, claim.conversation_id)
    moods, audit = dict(heard.moods), outcome.audit()
    turn = bursts.finish(session, claim, say, at=now(), moods=moods, audit=audit, row=row)
    if turn is None:
        return None
    if outcome.judged:
        satisfaction.keep(session, claim.conversation_id, outcome.judged, at=now())
    if outcome.refuses is not None:
        scope = identity.scope(session, claim.conversation_id, at=now())
        refusals.keep(session, claim.conversation_id, scope, refuses=outcome.refuses, at=now())
    for shown in outcome.exposed:
        running.expose(session, shown, at=now())
    # "ok" looks English: what the reply was in is what an agent's greeting will be in, too.
    if row.language != say.language:
        row.language = say.language
    pressed = commands.chosen_language(each.choice for each in claim.messages)
    if chosen := pressed or outcome.speaks:
        row.language, row.language_fixed = chosen, True
    # What was told to somebody who has left meanwhile is nobody else's "it".
    if turn.said_to in ("", conversation.last_proven(session, row)):
        # A product that the knowledge answered with is what "it" means next, too.
        told = outcome.focus or Focus.of_sources(say.sources)
        # Where nothing was told, nothing else is talked about either.
        missed = told.kept() is None and isinstance(decision, Escalate | Clarify)
        focus = Focus.of(row.focus) if missed else Focus.of(row.focus).after(told)
        if focus.kept() != row.focus:
            row.focus = focus.kept()
    if isinstance(decision, Prepared):
        whole, at = "\n".join(each.summary for each in decision.filings), now()
        for each in decision.filings:
            requests.file(
                session, row, each.wish, each.order, each.summary, say.language, whole=whole, at=at
            )
    elif isinstance(decision, Escalate):
        _call_a_person(session, row, decision.reason, say.language, heard.trend)
    elif isinstance(decision, Reply) and decision.withdrawn:
        opening.withdraw(session, row, at=now())
    return (turn.at - claim.messages[0].received_at).total_seconds()


def _withdrawn(session: Session, claim: Claim, outcome: Outcome) -> Outcome:
    """The requests come back from the agents; where one of them was faster, that is said."""
    row = conversation.lock(session, claim.conversation_id)
    if row.status == Status.AGENT:
        return outcome  # `finish` drops the answer, and the agent reads the wish
    found = requests.withdraw(session, row, outcome.withdraws, at=now())
    if all(each.status == "withdrawn" for each in found):
        return outcome
    return replace(taken_back(found, outcome.say.language), heard=outcome.heard)


def _call_a_person(
    session: Session, row: ConversationRow, reason: Reason, language: Language, mood: float
) -> None:
    """Open the ticket; the conversation's lock is held."""
    if row.status == Status.CLOSED:  # by an agent, after this message had been accepted
        conversation.move(row, Status.BOT)
    turns = conversation.history(session, saved(row.id))
    opening.open_ticket(
        session,
        row,
        reason,
        summary=opening.summarise(turns, language),
        mood=mood,
        language=language,
        at=now(),
    )


def give_up(session: Session, claim: Claim, failed: Outcome) -> None:
    """After the last attempt: `failed` says so, and a person is brought in."""
    row = conversation.lock(session, claim.conversation_id)
    if row.status == Status.AGENT:
        return
    turn = conversation.add_turn(
        session,
        claim.conversation_id,
        Author.BOT,
        failed.say.text,
        failed.say.language,
        audit=failed.audit(),
    )
    outbox.put(session, row, turn, at=now())
    _call_a_person(session, row, Reason.BOT_FAILED, claim.language, 0.0)
