"""Tunes encoders' last layers for search: `python -m tests.bench.tuning [ENCODER …]`.

An encoder places a question near texts that say the same; a shop's answer often says something
else. So its last layers are tuned on the 42 invented shops of `shops.py` (our own texts): of a
shop's entries the one that answers should be nearest, by its best passage. Only two thin factors a
matrix are learned, since shops that are not there must gain; the rest of the encoder stays, and so
does the vector that it gives. Written is `bot/language/fitted/<encoder>/search.safetensors`.

With `--cross FOLDER [FOLD …]` each shop is indexed with encoders that were tuned on the shops of
the other folds, which are kept there, and what it finds is measured. So the recipe was chosen: on
its own shops an encoder looks far better than it is.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress, TaskID
from torch.nn import functional

from bot.knowledge import classifier
from bot.knowledge.documents import read_knowledge
from bot.language import embedder, tuned
from bot.language.bridge import encodable
from bot.language.foreign import language_of
from bot.language.heads import SHIPPED
from bot.language.wording import has_han
from tests.bench import shops as invented
from tests.support.demo import TODAY

MODELS = (embedder.MULTILINGUAL_MODEL, embedder.ENGLISH_MODEL)
_LAYERS = 3
_FOLDS = 4
_RANK = 32
_WEIGHT = 2.0  # of what is learned, beside the matrix, while it is learned …
# … and after. The nearer to the original, the less is lost of what it could: by a half the English
# encoder tells paraphrases apart worse (`personality_chat`), by a quarter better than before.
_WRITTEN = {embedder.MULTILINGUAL_MODEL: 1.0, embedder.ENGLISH_MODEL: 0.5}
_RATE = 1e-3
_WARM = 20  # steps until that rate
_SHARPNESS = 20.0  # what cosines are multiplied with
_EPOCHS = {embedder.MULTILINGUAL_MODEL: 2, embedder.ENGLISH_MODEL: 3}
_KEPT = {
    embedder.MULTILINGUAL_MODEL: 0.4,
    embedder.ENGLISH_MODEL: 0.5,
}  # of a shop's passages in one step, at least one an entry
_TURNS = 2  # steps a shop in one epoch, each with its share of the questions
_DROPPED = 0.1
_LONGEST = 128  # tokens
_BATCH = 24
_SEED = 0

Texts = Sequence[torch.Tensor]
Tell = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Shop:
    """What the layers that are tuned are given of each text (tokens, d), and which passage belongs
    to which entry, and which entry answers which question."""

    passages: Texts
    owners: torch.Tensor
    questions: Texts
    answers: torch.Tensor


class _Added(torch.nn.Module):
    """A layer's matrix with what is learned beside it."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        size = linear.in_features
        self.down = torch.nn.Parameter(torch.randn(_RANK, size) / size**0.5)
        self.up = torch.nn.Parameter(torch.zeros(linear.out_features, _RANK))

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.linear(given) + _WEIGHT * (given @ self.down.T @ self.up.T)
        return found


class Tuning:
    """One encoder, and what its last layers are given of each shop."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.model = embedder.load(name)
        self.layers = embedder.layers(self.model)
        self.first = len(self.layers) - _LAYERS

    def shop(self, file: Path, folder: Path) -> Shop:
        """The shop of a file of `tests/data/shops`; its knowledge is written below `folder`."""
        shop = json.loads(file.read_text(encoding="utf-8"))
        if not (folder / "knowledge").exists():
            invented.write(shop, folder / "knowledge")
        multilingual = self.name == embedder.MULTILINGUAL_MODEL
        known = read_knowledge(folder / "knowledge", TODAY)
        ids = {entry.id: at for at, entry in enumerate(known.entries)}
        prompts = embedder.prompts(self.model, self.name)
        passages = [
            prompts["query" if each.role in classifier.PHRASINGS else "passage"]
            + encodable(each.search, multilingual=multilingual)
            for each in known.passages
        ]
        asked = [
            (prompts["query"] + question, ids[entry.id])
            for text in shop["texts"]
            for entry in known.entries
            if text["text"][:30] in entry.answer
            for question in text["questions"]
            if multilingual or not (has_han(question) or language_of(question))
        ]
        return Shop(
            self._below(passages),
            torch.tensor([ids[each.entry_id] for each in known.passages]),
            self._below([question for question, _ in asked]),
            torch.tensor([at for _, at in asked], dtype=torch.long),
        )

    @torch.no_grad()
    def _below(self, texts: Sequence[str]) -> list[torch.Tensor]:
        """What the first of the tuned layers is given, in half precision to save memory."""
        found: dict[int, torch.Tensor] = {}
        first: Any = self.model[0]
        tokenizer, bert = self.model.tokenizer, first.auto_model
        by_size = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(by_size), _BATCH):
            places = by_size[start : start + _BATCH]
            given = tokenizer(
                [texts[at] for at in places],
                padding=True,
                truncation=True,
                max_length=_LONGEST,
                return_tensors="pt",
            )
            mask = given["attention_mask"].float()
            hidden = bert.embeddings(given["input_ids"])
            hidden = _through(self.layers[: self.first], hidden, mask)
            for at, row, length in zip(places, hidden, mask.sum(1).int().tolist(), strict=True):
                found[at] = row[:length].half()
        return [found[at] for at in range(len(texts))]

    def vectors(self, layers: Any, texts: Texts) -> torch.Tensor:
        """Unit vectors (n, d) by those layers."""
        found: dict[int, torch.Tensor] = {}
        by_size = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(by_size), _BATCH):
            places = by_size[start : start + _BATCH]
            rows = [texts[at].float() for at in places]
            hidden = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
            mask = torch.zeros(hidden.shape[:2])
            for row, text in zip(mask, rows, strict=True):
                row[: len(text)] = 1
            features = {"attention_mask": mask, "token_embeddings": _through(layers, hidden, mask)}
            for module in list(self.model)[1:]:
                features = module(features)
            found |= zip(places, functional.normalize(features["sentence_embedding"]), strict=True)
        return torch.stack([found[at] for at in range(len(texts))])

    def fit(self, shops: Sequence[Shop], tell: Tell) -> dict[str, torch.Tensor]:
        """What is to be added to the layers, as `tuned.save` takes it; `tell` is told of each
        step: how many are done, of how many, and the loss."""
        torch.manual_seed(_SEED)
        rng = np.random.default_rng(_SEED)
        layers = tuned.copied(self.layers, _LAYERS)
        added = _widened(layers)
        weights = [part for each in added.values() for part in (each.down, each.up)]
        optimizer = torch.optim.AdamW(weights, lr=_RATE, weight_decay=0.01)
        steps = [at for _ in range(_EPOCHS[self.name]) for at in _epoch(shops, rng)]
        for step, (shop, asked) in enumerate(steps):
            rate = min(1.0, (step + 1) / _WARM) * (1 - step / len(steps))
            for group in optimizer.param_groups:
                group["lr"] = _RATE * rate
            kept = _some(shop.owners, _KEPT[self.name], rng)
            passages = self.vectors(layers, [shop.passages[at] for at in kept])
            questions = self.vectors(layers, [shop.questions[at] for at in asked])
            near = _best(questions @ passages.T, shop.owners[kept])
            loss = functional.cross_entropy(_SHARPNESS * near, shop.answers[asked])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            tell(step + 1, len(steps), loss.item())
        found: dict[str, torch.Tensor] = {}
        for name, each in added.items():
            found |= tuned.factors(
                f"{name}.weight", each.down.detach(), _WRITTEN[self.name] * each.up.detach()
            )
        return found


def _through(layers: Any, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    away = (1 - mask)[:, None, None, :] * torch.finfo(torch.float32).min
    for layer in layers:
        hidden = layer(hidden, away)
    return hidden


def _widened(layers: torch.nn.Module) -> dict[str, _Added]:
    """The layers' matrices by name, each with what is learned beside it; all else is fixed."""
    for weight in layers.parameters():
        weight.requires_grad_(False)
    linear = [(n, m) for n, m in layers.named_modules() if isinstance(m, torch.nn.Linear)]
    found = {name: _Added(module) for name, module in linear}
    for name, added in found.items():
        layers.set_submodule(name, added)
    for module in layers.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = _DROPPED
    layers.train()
    return found


def _epoch(shops: Sequence[Shop], rng: np.random.Generator) -> Iterator[tuple[Shop, list[int]]]:
    """Each shop `_TURNS` times, with different questions."""
    turns = {
        at: np.array_split(rng.permutation(len(shop.questions)), _TURNS)
        for at, shop in enumerate(shops)
    }
    for turn in range(_TURNS):
        for at in rng.permutation(len(shops)).tolist():
            yield shops[at], turns[at][turn].tolist()


def _some(owners: torch.Tensor, share: float, rng: np.random.Generator) -> list[int]:
    """Places of a `share` of the passages, at least one of each entry."""
    kept = rng.random(len(owners)) < share
    for owner in np.unique(owners.numpy()).tolist():
        own = np.flatnonzero(owners.numpy() == owner)
        if not kept[own].any():
            kept[rng.choice(own)] = True
    found: list[int] = np.flatnonzero(kept).tolist()
    return found


def _best(cosines: torch.Tensor, owners: torch.Tensor) -> torch.Tensor:
    """The best cosine of each entry's passages (questions, entries)."""
    worst = torch.full((len(cosines), int(owners.max()) + 1), -1.0)
    return worst.scatter_reduce(1, owners.expand(len(cosines), -1), cosines, "amax")


def fit(names: Sequence[str], files: Sequence[Path], fitted: Path) -> None:
    """Tune those encoders on the shops in these files and write what came out below `fitted`."""
    with tempfile.TemporaryDirectory() as folder, Progress(console=Console(stderr=True)) as bar:
        for name in names:
            tuning = Tuning(name)
            shops = []
            for file in bar.track(files, description=f"{name}: reading"):
                shops.append(tuning.shop(file, Path(folder) / file.stem))
            learning = bar.add_task(f"{name}: tuning")

            def tell(done: int, total: int, loss: float, at: TaskID = learning) -> None:
                bar.update(at, completed=done, total=total, description=f"tuning, loss {loss:.2f}")

            added = tuning.fit([shop for shop in shops if len(shop.questions)], tell)
            tuned.save(name, added, {"shops": len(shops)}, fitted)


def crossed(folder: Path, folds: Sequence[int] = range(_FOLDS)) -> Iterator[invented.Shop]:
    """Each invented shop of these folds, indexed with encoders that were tuned without its fold.
    What `folder` holds already is not tuned or exported again."""
    for fold in folds:
        fitted, exported = folder / f"{fold}/fitted", folder / f"{fold}/encoders"
        rest, held_out = (
            [file for at, file in enumerate(invented.files()) if (at % _FOLDS == fold) == out]
            for out in (False, True)
        )
        fit([name for name in MODELS if not tuned.read(name, fitted)], rest, fitted)
        for name in MODELS:
            place = exported / embedder.key_of(name)
            if not place.exists():
                place.mkdir(parents=True)
                embedder.write(name, place.name, place, fitted)
        with tempfile.TemporaryDirectory() as shops:
            yield from invented.shops(Path(shops), held_out, exported)


def main(arguments: Sequence[str]) -> None:
    if arguments[:1] == ["--cross"]:
        folds = [int(each) for each in arguments[2:]] or range(_FOLDS)
        invented.show(crossed(Path(arguments[1]), folds))
    else:
        fit(arguments or [embedder.ENGLISH_MODEL], invented.files(), SHIPPED)


if __name__ == "__main__":
    main(sys.argv[1:])
