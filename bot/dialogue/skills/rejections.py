""" "That's not what I asked": the question before it, with other entries than the one it got."""

from bot.dialogue.commands import person_button
from bot.dialogue.compose import compose
from bot.dialogue.decide import WORTH_A_BUTTON, Clarify, Reply
from bot.dialogue.outcome import Outcome
from bot.dialogue.view import Part
from bot.language.wording import fold, rule, words_only
from bot.texts import t
from bot.types import Author, Say

_LONGEST = 80  # characters of a message that says nothing else
_MOST = 2  # entries that are offered instead


class Rejections:
    """Offers what else the last question may have meant."""

    def read(self, part: Part) -> str | None:
        """The question that was missed."""
        words = words_only(fold(part.text))
        if part.view.pressed or len(words) > _LONGEST:
            return None
        said = rule("dialogue", "missed").fullmatch(words)
        return part.view.past.question or None if said else None

    def carry_out(self, act: str, part: Part) -> Outcome:
        """What is likely besides the entries that were told since; else a question to word it
        anew."""
        view, language = part.view, part.view.language
        told = {source.id for turn in view.past.turns for source in turn.sources}
        asked_back = sum(turn.author is Author.BOT and not turn.sources for turn in view.past.turns)
        found = view.retriever.candidates(act)
        floor = found[0].score * WORTH_A_BUTTON if found else 0.0
        others = [each for each in found if each.entry_id not in told and each.score >= floor]
        if not others or asked_back > _MOST:
            say = Say(t("chat.not_that_bare", language), language, (person_button(language),))
            return Outcome(Reply(), say, acts=("Reject",))
        decision = Clarify(tuple(others[:_MOST]))
        say = compose(decision, act, language)
        say = Say(t("chat.not_that", language), language, say.buttons)
        return Outcome(decision, say, acts=("Reject",))
