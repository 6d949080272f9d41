"""The words and buttons of a proof of who asks; when they are said, `proofs.py` knows."""

from collections.abc import Iterable, Mapping

from bot.customers.proof_dialogue import AGAIN, CANCEL, CODE, CONTACT, LEAVE, NUMBER, PROOF
from bot.dialogue.commands import person_button
from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.hearing import PERSON
from bot.dialogue.outcome import Outcome
from bot.texts import t
from bot.types import Button, Chat, Language, Reason, Say

_OUTCOMES: Mapping[str, tuple[str, ...]] = {  # what happened → the buttons that help on
    "stopped": (),
    "need_number": (CANCEL, PERSON),
    "need_contact": (CANCEL, PERSON),
    "need_number_shared": (CANCEL, PERSON),
    "need_email": (NUMBER, CANCEL, PERSON),
    "code_sent": (AGAIN, NUMBER, PERSON),
    "too_many_codes": (NUMBER, PERSON),
    "mail_paused": (CANCEL, PERSON),
    "mail_told": (CANCEL,),
    "wrong_code": (AGAIN, PERSON),
    "code_over": (AGAIN, NUMBER, PERSON),
    "wrong_order": (CODE, PERSON),
    "step_up": (CODE, PERSON),
    "blocked": (PERSON,),
    "locked": (),
    "shared": (),
    "link": (CODE, NUMBER, PERSON),
    "contact": (CODE, NUMBER, PERSON),
    "taken": (LEAVE, PERSON),
    "left": (),
    "proven": (CODE, NUMBER, PERSON),
}
_REPORTED = frozenset({"locked", "mail_told"})  # a person is to hear of it


def ways(chat: Chat, mail: bool) -> tuple[str, tuple[str, ...]]:
    """The text that asks, and the buttons beside it."""
    if "contact" in chat.traits:
        return "ask_contact", (CONTACT, CODE, PERSON) if mail else (CONTACT, PERSON)
    return ("ask_mail" if mail else "ask_number"), (PERSON,)


def said(outcome: str, language: Language, mail: bool) -> Outcome:
    """How a try went, with what helps on; codes are offered where there is a `mail` server."""
    failed = {"link": "link_refused", "contact": "contact_unknown", "proven": "over"}
    values = _OUTCOMES.get(outcome, (PERSON,))
    key = failed.get(outcome, outcome if outcome in _OUTCOMES else "over")
    if not mail:
        values = tuple(each for each in values if each not in (CODE, AGAIN))
        key = "step_up_alone" if key == "step_up" else key
    say = Say(t(f"proof.{key}", language), language, buttons(values, language))
    decision = Escalate(Reason.GUESSING) if outcome in _REPORTED else Reply()
    return Outcome(decision, say, proof=outcome)


def buttons(values: Iterable[str], language: Language) -> tuple[Button, ...]:
    """The buttons with these values of the proof's dialogue."""
    return tuple(_button(each, language) for each in values)


def _button(value: str, language: Language) -> Button:
    if value == PERSON:
        return person_button(language)
    return Button(t(f"proof.button_{value.removeprefix(PROOF)}", language), value)
