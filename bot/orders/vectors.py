"""Each order's vector, in its own FAISS index with ids, searched only among ids that are given.

    index/orders/3f.json              encoder, checksum, and for each vector what it was made of
    index/orders/3f-<checksum>.faiss  IndexIDMap over half-precision vectors

The index lies in 256 shards by customer, so that a search, a change and an erasure touch one small
file, and memory holds only the shards of customers who are here. It is derived from the database:
an order that is missing or has changed since is embedded when it is asked about, a damaged or
outdated shard is made anew, and an id that the database did not give cannot be found. No pickle.
"""

import hashlib
import json
import threading
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import faiss
import numpy as np
import numpy.typing as npt
import structlog
from filelock import FileLock

from bot.database import private
from bot.language.bridge import encodable
from bot.language.encoder import Encoder

_log = structlog.get_logger()
Floats = npt.NDArray[np.float32]
FORMAT = 1
RESIDENT = 32  # shards in memory; about 4 MB each with a million orders
_Stamp = tuple[int, int, int]


class Item(NamedTuple):
    """An order to embed: its vector's id and the text that it is found by."""

    vector_id: int
    text: str


@dataclass
class _Shard:
    """`made_of` maps each vector's id to the digest of its text; `stamp` is its file's state."""

    index: Any
    made_of: dict[int, int]
    stamp: _Stamp | None


class OrderVectors:
    """The index of one folder. Safe to share between threads and, by a file lock, processes."""

    def __init__(
        self, folder: Path, encoder: Callable[[], Encoder], resident: int = RESIDENT
    ) -> None:
        """`encoder` gives the one that questions are encoded with; asked for anew each time, and
        vectors of another one are not used."""
        self._folder = folder
        self._encoder = encoder
        self._resident = resident
        self._shards: OrderedDict[str, _Shard] = OrderedDict()
        self._verified: dict[str, str] = {}  # shards whose file was found to be what it should
        self._lock = threading.Lock()

    def cosines(self, customer_id: str, items: Sequence[Item], vector: Floats) -> dict[int, float]:
        """How near each of `items` is to a question's unit vector (d,), by vector id.

        `items` are the ids that the proven scope gave, and the search is among them alone.
        """
        if not items:
            return {}
        shard = self._fresh(customer_id, items)
        ids = np.fromiter((item.vector_id for item in items), dtype=np.int64, count=len(items))
        only = faiss.IDSelectorBatch(ids)  # a name of its own: faiss keeps no reference
        parameters: Any = faiss.SearchParameters()
        parameters.sel = only
        with self._lock, _one_thread():  # the lock: a shard is changed in place
            scores, found = shard.index.search(
                np.ascontiguousarray(vector.reshape(1, -1)), len(ids), params=parameters
            )
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        return {vector_id: score for vector_id, score in pairs if vector_id >= 0}

    def put(self, items: Iterable[tuple[str, Item]]) -> None:
        """Embed (customer id, item) pairs and keep them."""
        by_shard: dict[str, list[Item]] = {}
        for customer_id, item in items:
            by_shard.setdefault(shard_of(customer_id), []).append(item)
        for name, of_shard in by_shard.items():
            self.put_vectors(name, of_shard, self._embed(of_shard))

    def put_vectors(self, name: str, items: Sequence[Item], vectors: Floats) -> None:
        """Keep unit vectors (len(items), d) in the shard of that name (see `shard_of`)."""
        with self._changing(name) as shard:
            ids = np.fromiter((item.vector_id for item in items), dtype=np.int64)
            known = [item.vector_id for item in items if item.vector_id in shard.made_of]
            if known:
                shard.index.remove_ids(np.asarray(known, dtype=np.int64))
            shard.index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids)
            shard.made_of |= {item.vector_id: _digest(item.text) for item in items}

    def remove(self, customer_id: str, vector_ids: Sequence[int]) -> None:
        """Forget vectors of a customer: they are in no file of the index afterwards."""
        with self._changing(shard_of(customer_id)) as shard:
            gone = [each for each in vector_ids if each in shard.made_of]
            if gone:
                shard.index.remove_ids(np.asarray(gone, dtype=np.int64))
            for vector_id in gone:
                del shard.made_of[vector_id]

    def _fresh(self, customer_id: str, items: Sequence[Item]) -> _Shard:
        """The customer's shard, with all `items` in it as they are now."""
        name = shard_of(customer_id)
        with self._lock:
            shard = self._shard(name)
        stale = [item for item in items if shard.made_of.get(item.vector_id) != _digest(item.text)]
        if not stale:
            return shard
        self.put_vectors(name, stale, self._embed(stale))
        with self._lock:
            return self._shard(name)

    def _embed(self, items: Sequence[Item]) -> Floats:
        encoder = self._encoder()
        texts = [encodable(item.text, multilingual=encoder.multilingual) for item in items]
        return encoder.encode(texts, kind="passage")

    def _shard(self, name: str) -> _Shard:
        """The shard as its file is now; the caller holds the lock."""
        stamp = _stamp(self._folder / f"{name}.json")
        shard = self._shards.get(name)
        if shard is None or shard.stamp != stamp:
            shard = self._load(name, stamp) or self._empty(stamp)
            self._shards[name] = shard
        self._shards.move_to_end(name)
        while len(self._shards) > self._resident:
            self._shards.popitem(last=False)
        return shard

    def _load(self, name: str, stamp: _Stamp | None) -> _Shard | None:
        """What the files of a shard hold; None when there are none or they cannot be used."""
        if stamp is None:
            return None
        try:
            card = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
            if card["format"] != FORMAT or card["encoder"] != self._encoder().hash:
                return None  # made by another encoder: nothing is wrong, and nothing of use
            data = (self._folder / f"{name}-{card['sha256'][:16]}.faiss").read_bytes()
            # Once in a process: nobody writes to a file of that name again.
            if self._verified.get(name) != card["sha256"]:
                if hashlib.sha256(data).hexdigest() != card["sha256"]:
                    raise ValueError("checksum")
                self._verified[name] = card["sha256"]
            index: Any = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
            ids = faiss.vector_to_array(index.id_map).tolist()
            digests = np.frombuffer(b64decode(card["made_of"]), dtype="<i8").tolist()
            return _Shard(index, dict(zip(ids, digests, strict=True)), stamp)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
            _log.error("orders.shard_damaged", shard=name, cause=type(error).__name__)
            return None

    def _empty(self, stamp: _Stamp | None) -> _Shard:
        dimension = self._encoder().dimension
        half = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        return _Shard(faiss.IndexIDMap(half), {}, stamp)

    @contextmanager
    def _changing(self, name: str) -> Iterator[_Shard]:
        """The shard, for one process to change at a time; written when the block ends."""
        private.folder(self._folder)
        with FileLock(self._folder / ".lock"), self._lock:
            shard = self._shard(name)
            try:
                yield shard
                self._write(name, shard)
            except BaseException:
                self._shards.pop(name, None)  # half changed: what the file says counts
                raise

    def _write(self, name: str, shard: _Shard) -> None:
        """The vectors under a name of their own, then the card that points there, in one step."""
        data = faiss.serialize_index(shard.index).tobytes()
        digest = hashlib.sha256(data).hexdigest()
        ids = faiss.vector_to_array(shard.index.id_map).tolist()
        made_of = np.asarray([shard.made_of[each] for each in ids], dtype="<i8").tobytes()
        card: Mapping[str, object] = {
            "format": FORMAT,
            "encoder": self._encoder().hash,
            "count": len(ids),
            "sha256": digest,
            "made_of": b64encode(made_of).decode(),
        }
        vectors = self._folder / f"{name}-{digest[:16]}.faiss"
        vectors.write_bytes(data)
        temporary = self._folder / f".{name}.tmp"
        temporary.write_text(json.dumps(card), encoding="utf-8")
        temporary.replace(self._folder / f"{name}.json")
        for old in self._folder.glob(f"{name}-*.faiss"):
            if old != vectors:
                old.unlink(missing_ok=True)
        shard.stamp = _stamp(self._folder / f"{name}.json")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Waking a second thread for a few thousand vectors takes longer than comparing them."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def shard_of(customer_id: str) -> str:
    """The name of the shard that a customer's orders are in: two hex digits."""
    return hashlib.blake2b(customer_id.encode(), digest_size=1).hexdigest()


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
