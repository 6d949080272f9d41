"""τ-bench retail, imported: does the bot find the right order, and nothing in another's chat?

    python -m tests.proofs.retail FOLDER [--questions 300] [--seed 7] [--show]

FOLDER holds `orders.json` and `users.json`. Those orders have no dates, so they get seeded ones
(`placed_at`, within a year) and are imported, by the product's own reader, into a fresh database.
Each question goes to the product's own answering with the scope of the customer who asks, then
again with that of somebody else, who must get nothing of it.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.database.db import Database
from bot.dialogue.followup import ORDER
from bot.dialogue.skills.order_words import OrderWords
from bot.dialogue.skills.orders import OrderAnswers, Question
from bot.knowledge import confidence
from bot.knowledge.build import build_index
from bot.knowledge.index import CurrentIndex
from bot.knowledge.retriever import ShopRetriever
from bot.language.detect import detect_language
from bot.language.heads import Judge
from bot.orders import asks, embedding, files, store
from bot.orders.checks import Reading
from bot.orders.importing import import_orders
from bot.orders.record import Order
from bot.orders.vectors import OrderVectors
from bot.settings import DEFAULT_MODEL
from bot.types import OneCustomer, Say, now
from tests.proofs.retail_questions import Asked, questions
from tests.proofs.tau_bench import converted

ROOT = Path(__file__).parent.parent.parent
WANTED = 0.97


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when at least 97 % name the right order and nobody gets another's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--index", type=Path, help="an index folder whose encoder to use")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="deskhand-retail-") as scratch:
        return _prove(given, Path(scratch))


def _prove(given: argparse.Namespace, scratch: Path) -> int:
    index_dir = given.index or scratch / "index"
    if given.index is None:
        build_index(ROOT / "knowledge", index_dir, DEFAULT_MODEL, today=now().date())
    index = CurrentIndex(index_dir)
    db = Database(f"sqlite:///{scratch / 'retail.db'}")
    db.migrate()
    contents = files.read(_dated(given.folder, scratch / "retail.json", given.seed))
    report = import_orders(db, contents, Reading(), at=now())
    vectors = OrderVectors(scratch / "orders", lambda: index.get().encoder)
    embedding.embed(db, vectors, report.saved.added, UTC)
    retriever = ShopRetriever(current=index.get, weights=confidence.load())
    answers = OrderAnswers(db, vectors, retriever.vector, OrderWords(UTC, judge=retriever.judge))
    whose = sorted({row.customer["id"] for row in contents.rows})
    with db.read() as session:
        customers = [(each, store.orders(session, OneCustomer(each))) for each in whose]
    asked = questions(customers, given.questions, given.seed)
    print(
        f"{len(report.saved.added)} orders of {len(whose)} customers imported,"
        f" {len(report.problems)} rows left out; {len(asked)} questions"
    )
    right, wrong = _ask(db, answers, retriever.judge, asked)
    leaks, own, nothing = _ask_elsewhere(db, answers, retriever.judge, asked, customers, given.seed)
    for kind, count in sorted(Counter(each.kind for each in asked).items()):
        good = sum(each.kind == kind for each in right)
        print(f"  {kind:12} {good:3} of {count:3}")
    share = len(right) / len(asked)
    print(f"right order named: {len(right)} of {len(asked)} ({share:.1%}), wanted {WANTED:.0%}")
    print(
        f"in another customer's chat: {leaks} foreign orders told,"
        f" {nothing} times no order, {own} times one of the asker's own"
    )
    if given.show:
        for each, said in wrong:
            print(f"✗ {each.text!r} meant {each.expect}: {said}")
    db.close()
    return 0 if share >= WANTED and not leaks else 1


def _dated(folder: Path, file: Path, seed: int) -> Path:
    """The orders in a file of our own form, with a day each."""
    chance = random.Random(seed)
    names = ("orders.json", "users.json")
    orders, users = (json.loads((folder / name).read_text(encoding="utf-8")) for name in names)
    for order in orders.values():
        back = timedelta(days=chance.randrange(360), minutes=chance.randrange(1440))
        order["placed_at"] = (datetime.now(UTC) - back).isoformat(timespec="minutes")
    file.write_text(json.dumps(converted(orders, users)), encoding="utf-8")
    return file


def _say(
    db: Database, answers: OrderAnswers, judge: Judge, text: str, customer_id: str
) -> Say | None:
    """What somebody who is proven to be that customer is told."""
    understood = asks.read(text, judge=judge)
    if understood is None:
        return None
    with db.read() as session:
        question = Question(text, detect_language(text), understood)
        outcome = answers.answer(session, OneCustomer(customer_id), question)
        return outcome.say if outcome else None


def _ask(
    db: Database, answers: OrderAnswers, judge: Judge, asked: list[Asked]
) -> tuple[list[Asked], list[tuple[Asked, str]]]:
    right, wrong = [], []
    for each in asked:
        say = _say(db, answers, judge, each.text, each.customer_id)
        told = [source.id for source in say.sources] if say else []
        if say is not None and told == [ORDER + each.expect] and each.expect in say.text:
            right.append(each)
        else:
            wrong.append((each, f"{told} {say.text[:120]}" if say else "not about orders"))
    return right, wrong


def _ask_elsewhere(
    db: Database,
    answers: OrderAnswers,
    judge: Judge,
    asked: list[Asked],
    customers: list[tuple[str, list[Order]]],
    seed: int,
) -> tuple[int, int, int]:
    """Foreign orders told, answers with an own order, and without any."""
    chance = random.Random(seed + 1)
    leaks = own = nothing = 0
    for each in asked:
        others = [pair for pair in customers if pair[0] != each.customer_id]
        customer_id, orders = chance.choice(others)
        say = _say(db, answers, judge, each.text, customer_id)
        mine = {order.id for order in orders}
        ids = [source.id for source in say.sources] if say else []
        ids += [button.value for button in say.buttons] if say else []
        named = {value.removeprefix(ORDER) for value in ids if value.startswith(ORDER)}
        leaks += bool(named - mine) or bool(say and each.expect in say.text)
        told = bool(say and say.sources)
        own += told
        nothing += not told
    return leaks, own, nothing


if __name__ == "__main__":
    sys.exit(main())
