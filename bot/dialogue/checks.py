"""Makes the check for one answer: what the index and the prompts of the moment allow to be said.

The links that the knowledge names and the prompts' words are gathered once a build. What supports a
sentence is `grounding`'s to say.
"""

from collections.abc import Callable, Sequence
from threading import Lock

from bot.knowledge.index import Index
from bot.types import Candidate, Language
from bot.writing.grounding import Grounding, Passage, known_links, prompt_shingles
from bot.writing.models import prompts


class Checks:
    """Gives each answer a `Grounding` of its own, from whatever index is current."""

    def __init__(self, current: Callable[[], Index]) -> None:
        self._current = current
        self._secret = prompt_shingles(prompts.texts())
        self._known: tuple[str, frozenset[str]] = ("", frozenset())
        self._gathering = Lock()

    def of(self, passages: Sequence[Candidate], language: Language, question: str) -> Grounding:
        """The check of an answer to `question` that may stand on `passages`."""
        index = self._current()
        return Grounding(
            [Passage(each.entry_id, each.text, each.title, each.url) for each in passages],
            language,
            question,
            index.encoder,
            known=self._links(index),
            prompts=self._secret,
        )

    def _links(self, index: Index) -> frozenset[str]:
        with self._gathering:
            if self._known[0] != index.build_id:
                self._known = (index.build_id, known_links(index.entries.values()))
            return self._known[1]
