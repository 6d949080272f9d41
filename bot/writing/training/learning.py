"""The learning itself: transformers' Trainer, set up for answers, early stopping and resuming.

It keeps the state with the lowest held-out loss, looks at that loss at most ten times in a run, and
writes a checkpoint at each look. What is learned from and where it goes is the caller's.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from bot.writing.training import base, measure
from bot.writing.training.encode import Example
from bot.writing.training.options import Options
from bot.writing.training.workdir import Workdir

Progress = Callable[[str, int, int, float | None], None]
"""(stage, done, total, the last loss if there is one)"""

_MEASURED = 10  # times that the held-out loss is looked at in a run, at most
_PATIENCE = 3  # looks without a lower loss after which it is over


def learner(
    model: Any,
    learn: Sequence[Example],
    held: Sequence[Example],
    options: Options,
    *,
    rate: float,
    micro: int,
    pad: int,
    work: Workdir,
    progress: Progress,
    stop: Callable[[], bool],
) -> Trainer:
    """A Trainer that is ready for `train`; `micro` examples of a batch go through at once."""
    device = base.device()
    whole = options.steps or math.ceil(len(learn) / options.batch * options.epochs)
    # Looking is a third of the work of learning from as many examples: not more often than that.
    every = max(math.ceil(whole / _MEASURED), math.ceil(len(held) / options.batch))
    every = min(every, whole)
    arguments = TrainingArguments(
        output_dir=str(work.checkpoints),
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=options.batch // micro,
        num_train_epochs=options.epochs,
        max_steps=options.steps or -1,
        learning_rate=rate,
        lr_scheduler_type="cosine",
        warmup_steps=min(100, whole // 10),
        weight_decay=0.01,
        bf16=device == "cuda" and torch.cuda.is_bf16_supported(),
        use_cpu=device == "cpu",
        seed=options.seed,
        data_seed=options.seed,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="loss",
        restore_callback_states_from_checkpoint=True,
        logging_steps=max(1, every // 5),
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=device == "cuda",
        remove_unused_columns=False,
    )
    set_seed(options.seed)
    trainer = _Trainer(
        model=model,
        args=arguments,
        train_dataset=_Set(learn),
        eval_dataset=_Set(held),
        data_collator=lambda chosen: measure.collate(chosen, pad),
        callbacks=[
            EarlyStoppingCallback(early_stopping_patience=_PATIENCE),
            _Watch(work, progress, stop),
        ],
    )
    trainer.held, trainer.pad = held, pad
    trainer.remove_callback(PrinterCallback)
    return trainer


class _Set(torch.utils.data.Dataset[Example]):
    """Examples as the Trainer wants them."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, at: int) -> Example:
        return self._examples[at]


class _Trainer(Trainer):
    """The Trainer with one held-out loss for everything: a mean over tokens, not over batches."""

    held: Sequence[Example]
    pad: int

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        micro = self.args.per_device_train_batch_size
        metrics = {"eval_loss": measure.loss(self.model, self.held, self.pad, micro)}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics


class _Watch(TrainerCallback):
    """Tells how far it is, marks checkpoints that were written whole, stops on a wish."""

    def __init__(self, work: Workdir, progress: Progress, stop: Callable[[], bool]) -> None:
        self._work, self._progress, self._stop = work, progress, stop
        self._loss: float | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._progress("learn", state.global_step, state.max_steps, None)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        self._loss = (logs or {}).get("loss", self._loss)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._progress("learn", state.global_step, state.max_steps, self._loss)
        if self._stop():
            control.should_save = control.should_training_stop = True

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._work.mark_whole(state.global_step)
