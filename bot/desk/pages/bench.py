"""The admins' test bench: what the bot would do with a message and why; what it should have done
becomes a golden question, a phrasing or an example. Nothing that is asked here is stored."""

from starlette.responses import RedirectResponse, Response

from bot.database import audit
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.trials import Bench, Question, Trial
from bot.errors import DeskhandError, InputError, NotFoundError, SlowError
from bot.types import Language, Source

_ADDRESS = "/desk/bench"
_LONGEST = 1000  # characters of a message
_BEFORE = 5  # messages before it
_DONE = ("golden", "person", "phrasing", "example")


async def bench_page(desk: Desk, call: Call) -> Response:
    asked = call.request.query_params
    done = asked.get("done", "")
    question = Question(call.typed)
    return await _page(desk, call, question, done=done if done in _DONE else "")


async def ask(desk: Desk, call: Call) -> Response:
    form = call.form
    lines = [line.strip()[:_LONGEST] for line in form.get("before", "").splitlines()]
    given = form.get("language", "")
    language: Language | str = given if given in ("en", "zh") else ""
    question = Question(
        form.get("text", "").strip()[:_LONGEST],
        [line for line in lines if line][:_BEFORE],
        "zh" if language == "zh" else "en" if language == "en" else "",
        form.get("customer", ""),
    )
    try:
        if not question.text:
            raise InputError("tickets.empty")
        trial = await _bench(desk).ask(question)
    except SlowError:
        return await _page(desk, call, question, error=InputError("bench.slow"))
    except DeskhandError as error:
        return await _page(desk, call, question, error=error)
    return await _page(desk, call, question, trial)


async def should(desk: Desk, call: Call) -> Response:
    """What a question should have come to."""
    form, by = call.form, call.login.name
    question, kind, entry = form.get("question", ""), form.get("kind", ""), form.get("entry", "")
    try:
        if kind in ("golden", "person"):
            if desk.room is None:
                raise NotFoundError("desk.no_room")
            await desk.room.keep(question, [entry] if kind == "golden" else [])
            act, target = "knowledge.golden_kept", "golden.jsonl"
        elif kind == "phrasing":
            if desk.feed is None:
                raise NotFoundError("desk.no_room")
            source = Source(entry, form.get("source", ""), 0.0, form.get("title", ""))
            language: Language = "zh" if form.get("lang") == "zh" else "en"
            await desk.feed.phrase(source, question, language, by)
            act, target = "knowledge.phrased", entry
        elif kind == "example":
            if desk.room is None:
                raise NotFoundError("desk.no_room")
            head, _, label = form.get("meaning", "").partition("/")
            await desk.room.teach(question, head, label)
            act, target = "knowledge.taught", f"{head}/{label}"
        else:
            raise InputError("users.form_unreadable")
    except DeskhandError as error:
        return await _page(desk, call, Question(question), error=error)
    await desk.db.write(lambda session: audit.note(session, act, by, target))
    return RedirectResponse(f"{_ADDRESS}?done={kind}", 303)


async def _page(
    desk: Desk,
    call: Call,
    question: Question,
    trial: Trial | None = None,
    *,
    error: DeskhandError | None = None,
    done: str = "",
) -> Response:
    return call.page(
        "bench.html",
        status=status_of(error) if error else 200,
        question=question,
        trial=trial,
        customers=await _bench(desk).customers(),
        meanings=desk.room.meanings() if desk.room else {},
        done=done,
        error=error.message(call.language) if error else None,
    )


def _bench(desk: Desk) -> Bench:
    if desk.bench is None:
        raise NotFoundError("desk.no_room")
    return desk.bench
