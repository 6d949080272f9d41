"""`bot train`: fine-tunes a base on dialogues with transformers' Trainer; goes on where it was.

The story of a run: read and part the dialogues, measure the base on those held out, learn from the
others while watching the held-out loss, keep the best state, write it as an ordinary folder, read
that folder again and measure what it gives. It draws nothing; progress and a wish to stop come in
as functions.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerState

from bot.errors import TrainingError
from bot.language.encoder import file_hash
from bot.writing import extra
from bot.writing.models.loading import threads
from bot.writing.training import base, failures, measure
from bot.writing.training.dialogues import Dialogue, read
from bot.writing.training.encode import Example, examples, longest, prompt_ids
from bot.writing.training.learning import Progress, learner
from bot.writing.training.options import Options
from bot.writing.training.report import Curve, Report, Shown
from bot.writing.training.split import split
from bot.writing.training.workdir import opened

_LOGITS = {"cpu": 256 * 2**20, "cuda": 2 * 2**30}  # bytes of logits that a batch may have at once
_VERSIONS = ("torch", "transformers", "peft")


@dataclass(frozen=True)
class _Data:
    """Encoded dialogues, and the question and the answer that is shown of each held-out one."""

    dialogues: int
    learn: list[Example]
    held: list[Example]
    questions: list[tuple[str, str, list[int]]]
    too_long: int


class InterruptedRun(TrainingError):
    """Somebody wanted it to stop; what was learned is kept."""


def train(
    file: Path,
    out: Path,
    options: Options,
    *,
    language: str,
    restart: bool = False,
    progress: Progress = lambda *_: None,
    stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Fine-tune `options.base` on the dialogues in `file`, into the new folder `out`.

    The same call after an interruption goes on where that one was. Raises `InputError` for the
    file, `TrainingError` for base, memory, disk and packages, `ConflictError` for an `out` in use.
    """
    if lacking := extra.missing(extra.TRAINING):
        raise TrainingError("training.no_extra", packages=lacking)
    began = time.monotonic()
    dialogues = read(file)
    base.silence()
    torch.set_num_threads(threads(options.threads))
    with failures.translated(out), opened(out) as work:
        progress("load", 0, 0, None)
        tokenizer = base.load_tokenizer(options.base)
        model: Any = base.load_model(options.base)
        work.begin(_identity(file, options), restart=restart)
        data = _encode(
            dialogues, tokenizer, longest(tokenizer, model.config, options.tokens), options
        )
        parameters = model.num_parameters()
        method = base.method_for(model, options.method)
        rate = options.rate or base.rate_for(model, method)
        failures.refuse_too_small(work.folder, parameters, method)
        model = model.to(base.device())
        micro = _micro(model, data, options.batch)
        told = _measuring("before", progress)
        before = work.before() or _measured(model, tokenizer, data, micro, told)
        work.keep_before(before)
        if method == "lora":
            model = base.with_lora(model, options.seed)
        trainer = learner(
            model,
            data.learn,
            data.held,
            options,
            rate=rate,
            micro=micro,
            pad=measure.pad_of(tokenizer),
            work=work,
            progress=progress,
            stop=stop,
        )
        trainer.train(resume_from_checkpoint=_text_or_none(work.last_checkpoint()))
        if stop():
            raise InterruptedRun("training.interrupted", step=trainer.state.global_step)
        progress("save", 0, 0, None)
        base.merged(trainer.model).save_pretrained(work.result)
        tokenizer.save_pretrained(work.result)
        state = trainer.state
        del trainer, model
        # What is measured is what will be used.
        model = base.load_model(str(work.result))
        model = model.to(base.device())
        after = _measured(model, tokenizer, data, micro, _measuring("after", progress))
        report = Report(
            base=options.base,
            parameters=parameters,
            method=method,
            data=file.name,
            data_sha256=file_hash(file),
            dialogues=data.dialogues,
            trained_on=len(data.learn),
            held_out=len(data.held),
            too_long=data.too_long,
            device=base.device(),
            rate=rate,
            steps=state.global_step,
            stopped_early=state.global_step < state.max_steps,
            best_step=state.best_global_step or state.global_step,
            loss_before=before["loss"],
            loss_after=after["loss"],
            perplexity_before=measure.perplexity(before["loss"]),
            perplexity_after=measure.perplexity(after["loss"]),
            seconds=round(time.monotonic() - began, 1),
            learning=_curve(state, "loss"),
            held_out_losses=[(0, before["loss"]), *_curve(state, "eval_loss")],
            answers=[
                Shown(question, expected, earlier, later)
                for (question, expected, _), earlier, later in zip(
                    data.questions, before["answers"], after["answers"], strict=True
                )
            ],
            versions={name: version(name) for name in _VERSIONS},
        )
        report.write(work.result, language)
        work.finish()
    return report


def _identity(file: Path, options: Options) -> dict[str, Any]:
    """What makes two runs the same one: only then may one go on where the other was."""
    wanted = {key: value for key, value in vars(options).items() if key not in ("threads", "base")}
    local = Path(options.base)
    where = str(local.resolve()) if local.exists() else options.base
    versions = {name: version(name) for name in _VERSIONS}
    return {"base": where, "data": file_hash(file), **wanted, "versions": versions}


def _encode(dialogues: Sequence[Dialogue], tokenizer: Any, limit: int, options: Options) -> _Data:
    learn, held = split(dialogues, options.held_out, options.seed)
    sets = [
        [example for one in side for example in examples(one, tokenizer, limit)]
        for side in (learn, held)
    ]
    if not all(sets):
        raise TrainingError("training.all_too_long", tokens=limit)
    answers = sum(said.role == "agent" for one in dialogues for said in one.said)
    questions = []
    for one in held[: options.shown]:
        prompt = prompt_ids(one.said[:1], tokenizer, limit - min(limit // 2, measure.ANSWER_TOKENS))
        if prompt:
            questions.append((one.said[0].text, one.said[1].text, prompt))
    return _Data(len(dialogues), sets[0], sets[1], questions, answers - sum(map(len, sets)))


def _micro(model: Any, data: _Data, batch: int) -> int:
    """Examples at once: a part of `batch` whose logits fit."""
    tokens = max(len(one.ids) for one in [*data.learn, *data.held])
    room = _LOGITS[base.device()] // (4 * tokens * int(model.config.vocab_size))
    return max(part for part in range(1, batch + 1) if batch % part == 0 and part <= max(1, room))


def _measured(
    model: Any, tokenizer: Any, data: _Data, micro: int, told: measure.Told
) -> dict[str, Any]:
    """Loss and answers of a model on what was held out."""
    pad = measure.pad_of(tokenizer)
    loss = measure.loss(model, data.held, pad, micro, told)
    answers = [measure.answer(model, tokenizer, prompt) for _, _, prompt in data.questions]
    return {"loss": loss, "answers": answers}


def _measuring(stage: str, progress: Progress) -> measure.Told:
    return lambda done, total: progress(stage, done, total, None)


def _curve(state: TrainerState, name: str) -> Curve:
    return [(int(row["step"]), float(row[name])) for row in state.log_history if name in row]


def _text_or_none(path: Path | None) -> str | None:
    return None if path is None else str(path)
