"""How to train: what a person chooses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How to train. `method` is auto, full or lora; `rate` None is one that suits the size;
    `steps` None is as many as the epochs have; `threads` are the processor's, 0 all but one."""

    base: str
    method: str = "auto"
    epochs: float = 3.0
    steps: int | None = None
    batch: int = 8
    rate: float | None = None
    tokens: int = 512
    held_out: float = 0.1
    shown: int = 3
    seed: int = 1
    threads: int = 0
