"""A sentence-transformers model small enough to make in a second, and knowledge to index with it.

Its vectors mean nothing; whether the right answer is found is for tests with the real encoder.
"""

import json
from collections.abc import Mapping
from pathlib import Path

WORDS = ("return", "shipping", "parcel", "refund", "order", "size", "gift", "card", "the", "how")


def make_model(
    folder: Path, *, dimension: int = 16, prompts: Mapping[str, str] | None = None
) -> str:
    """Save a one-layer BERT with random weights; the folder, as a model setting."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    folder.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    vocabulary += [*"abcdefghijklmnopqrstuvwxyz", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz")]
    (folder / "words.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = BertTokenizer(vocab={w: i for i, w in enumerate(vocabulary)})
    torch.manual_seed(dimension)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=dimension,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=2 * dimension,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder / "bert")
    tokenizer.save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=32)
    model = SentenceTransformer(
        modules=[transformer, Pooling(dimension)], prompts=dict(prompts or {}), device="cpu"
    )
    model.save(str(folder / "model"), create_model_card=False)
    return str(folder / "model")


def write_knowledge(folder: Path, answers: Mapping[str, str]) -> Path:
    """One English FAQ file: entry id → answer; the question is made from the id."""
    folder.mkdir(exist_ok=True)
    rows = [
        {"id": key, "lang": "en", "question": f"What about {key}?", "answer": answer}
        for key, answer in answers.items()
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "faq.jsonl").write_text(text, encoding="utf-8")
    return folder


def flip_a_bit(path: Path) -> None:
    """Damage a file in its middle, as a failing disk would."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
