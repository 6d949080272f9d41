"""Models small enough to make in a second, and knowledge to index with one.

The encoder's vectors and the language model's words mean nothing; whether the right answer is found
is for tests with the real encoder.
"""

import json
from collections.abc import Iterable, Mapping
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


def make_language_model(
    folder: Path, texts: Iterable[str], *, chat_template: str = "", sees: int = 128
) -> str:
    """Save a one-layer GPT-2 with random weights and a tokenizer made from `texts`; the folder.

    It sees `sees` tokens.

    Like DialoGPT it has no padding and, unless one is given, no chat template.
    """
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    end = "<|endoftext|>"
    words = ByteLevelBPETokenizer()
    words.train_from_iterator(texts, vocab_size=600, special_tokens=[end], show_progress=False)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=words._tokenizer, eos_token=end, bos_token=end, model_max_length=sees
    )
    if chat_template:
        tokenizer.chat_template = chat_template
    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=sees,
        n_embd=32,
        n_layer=1,
        n_head=2,
        bos_token_id=tokenizer.eos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


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


def vectors_of(build: Path) -> Path:
    """The file with a build's vectors, by the only encoder that it has."""
    return next(build.glob("*/vectors.faiss"))


def flip_a_bit(path: Path) -> None:
    """Damage a file in its middle, as a failing disk would."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
