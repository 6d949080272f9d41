"""Two encoders side by side: which of them reads which question."""

from pathlib import Path

import pytest

from bot.language import encoders
from bot.language.embedder import ENGLISH_MODEL
from bot.language.encoder import Encoder
from bot.language.exports import export, export_all
from tests.support.tiny import make_model

ENGLISH = (
    "How can I return an item?",
    "EMI",
    "refnd pls",
    "iPhone case",
    "do u ship 2 norway",
    "?",
)
OTHERS = (
    "怎么退货",
    "可以 ship 到 Singapore 吗",
    "Wie kann ich einen Artikel zurückschicken?",
    "Wo ist mein Paket?",
    "quanto costa la spedizione",
    "주문을 취소하고 싶어요",
    "Şifremi unuttum",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoders")


@pytest.fixture(scope="module")
def both(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Encoder, ...]:
    """A made-up encoder that stands for the multilingual one, and the English one."""
    tiny = make_model(tmp_path_factory.mktemp("models") / "tiny")
    return encoders.load(folder, export_all(f"{tiny}+{ENGLISH_MODEL}", folder))


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_read_by_the_english_encoder(both: tuple[Encoder, ...], text: str) -> None:
    assert both[encoders.reader(both, text)].card.name == ENGLISH_MODEL


@pytest.mark.parametrize("text", OTHERS)
def test_every_other_language_by_the_other_one(both: tuple[Encoder, ...], text: str) -> None:
    assert encoders.reader(both, text) == 0


@pytest.mark.parametrize("text", [*ENGLISH, *OTHERS])
def test_one_encoder_reads_everything(both: tuple[Encoder, ...], text: str) -> None:
    assert encoders.reader(both[1:], text) == 0


def test_the_hash_of_two_names_each(folder: Path, both: tuple[Encoder, ...]) -> None:
    together = encoders.hash_of(both)
    assert encoders.hashes_of(together) == [each.hash for each in both]
    assert encoders.check(folder, together).endswith(f"+{ENGLISH_MODEL}")


def test_a_model_that_this_machine_lacks_is_left_out(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny")
    hashes = export_all(f"wheel:no-such-model+{model}", tmp_path / "encoders")
    assert hashes == export(model, tmp_path / "encoders").card.hash
    assert encoders.installed("wheel:a+wheel:b", lambda _: False) == "wheel:a+wheel:b"
