"""The vectors of a build: those that are kept from the build before, those that are embedded, and
the FAISS index that they are saved as.

Which texts there are is `build`'s task, and searching them `space`'s.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from bot.knowledge.builds import Manifest
from bot.knowledge.space import VECTORS
from bot.language import encoders
from bot.language.encoder import Encoder, Kind

# (stage, done, total): "read", "export", "embed" (counted in texts), "write", "switch".
Progress = Callable[[str, int, int], None]
Vectors = npt.NDArray[np.float32]

KEYS = "vector_keys.txt"
# Up to here every vector is compared, which is exact; beyond, a graph is searched.
_FLAT_LIMIT = 50_000


@dataclass(frozen=True)
class Given:
    """What an encoder is given: each passage's text, as what, and the key of its vector."""

    encoder: Encoder
    texts: Sequence[str]
    kinds: Sequence[Kind]
    keys: Sequence[str]


def key_of(encoder: Encoder, kind: Kind, text: str) -> str:
    return hashlib.sha256(f"{encoder.hash}\n{kind}\n{text}".encode()).hexdigest()[:32]


def vectors_of(
    index_dir: Path, given: Sequence[Given], reuse: Manifest | None, tell: Progress
) -> tuple[list[Vectors], int]:
    """The passages' vectors by each encoder, in their order, and how many passages needed to be
    embedded by any of them: the others' came from the build `reuse`."""
    placed, new = [], set()
    kept = [_kept(index_dir, reuse, each) for each in given]
    missing = [
        [at for at, key in enumerate(each.keys) if key not in known]
        for each, known in zip(given, kept, strict=True)
    ]
    total, done = sum(map(len, missing)), 0
    tell("embed", 0, total)
    for each, known, places in zip(given, kept, missing, strict=True):
        found = {**known, **_embed(each, places, partial(_embedded, tell, done, total))}
        placed.append(np.array([found[key] for key in each.keys], dtype=np.float32))
        done += len(places)
        new.update(places)
    tell("embed", total, total)
    return placed, len(new)


def _kept(index_dir: Path, reuse: Manifest | None, given: Given) -> dict[str, Vectors]:
    """The vectors (d,) of that build by their keys, as far as they are of this encoder."""
    if reuse is None or given.encoder.hash not in encoders.hashes_of(reuse.encoder):
        return {}
    folder = index_dir / reuse.build / given.encoder.hash
    old = faiss.read_index(str(folder / VECTORS))
    written = (folder / KEYS).read_text(encoding="ascii").split()
    return dict(zip(written, old.reconstruct_n(0, len(written)), strict=True))


def _embed(
    given: Given, places: Sequence[int], on_progress: Callable[[int], None]
) -> dict[str, Vectors]:
    """The vectors (d,) for search of the passages at these places by their keys."""
    found: dict[str, Vectors] = {}
    done = 0
    kinds: tuple[Kind, ...] = ("query", "passage")
    for kind in kinds:
        # The same phrasing twice is embedded once.
        of_kind = {given.keys[at]: given.texts[at] for at in places if given.kinds[at] == kind}

        def tell(count: int, before: int = done) -> None:
            on_progress(before + count)

        texts = list(of_kind.values())
        vectors = given.encoder.encode_twice(texts, kind, on_progress=tell)[1]
        found |= zip(of_kind, vectors, strict=True)
        done += len(of_kind)
    return found


def _embedded(tell: Progress, before: int, total: int, done: int) -> None:
    tell("embed", before + done, total)


def write(vectors: Vectors, path: Path) -> str:
    """Save as a FAISS index of inner products (cosines, as all are unit vectors); its kind."""
    # Measured at 384 dimensions, one question, 2 cores: comparing with all takes 4.6 ms for 50,000
    # and 7.2 ms for 100,000; the graph 0.6 ms at recall@20 of .993 for 100,000, built in 22 s. An
    # inverted file of the same speed reaches .76.
    graph = graph_of(vectors) if len(vectors) > _FLAT_LIMIT else None
    if graph is not None:
        faiss.write_index(graph, str(path))
        return "hnsw"
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    faiss.write_index(flat, str(path))
    return "flat"


def graph_of(vectors: Vectors) -> faiss.Index | None:
    """An HNSW graph, None when it does not find its own vectors again.

    That happens where many vectors are equal or nearly so, and the graph falls apart.
    """
    index = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 100
    index.hnsw.efSearch = 128  # saved with the index
    index.add(vectors)
    # At random: questions and answers take turns, so every n-th may all be of one kind.
    sample = vectors[np.random.default_rng(0).integers(0, len(vectors), 500)]
    best = index.search(sample, 1)[0][:, 0]
    return index if float(np.mean(best > 0.9999)) > 0.99 else None
