"""What `python -m tests.bench.documents` measures on; that it measures is seen by running it."""

from pathlib import Path

from tests.bench.documents import change, choose, questions

TEXTS = {
    "a.md": [("Returns", "You have thirty days to send an item back to us by post.")],
    "b.md": [("Post", "A parcel to Norway takes six working days, and is insured."), ("Same", "A")],
    "c.md": [("Same", "B")],
}


def test_documents_are_taken_at_random_or_made_of_the_invented_shops(tmp_path: Path) -> None:
    made = choose(None, 0, tmp_path / "made")
    assert len(list(made.iterdir())) > 100
    chosen = choose(made, 20, tmp_path / "chosen")
    names = {path.name for path in chosen.iterdir()}
    assert len(names) == 20
    changed = change(chosen)
    assert (chosen / changed).read_bytes() != (made / changed).read_bytes()


def test_questions_have_one_document_that_answers_them() -> None:
    asked = questions(TEXTS, 10)
    assert {(kind, source) for kind, _, source in asked} == {
        ("heading", "a.md"),
        ("heading", "b.md"),
        ("sentence", "a.md"),
        ("sentence", "b.md"),
    }
    gapped = next(text for kind, text, source in asked if (kind, source) == ("sentence", "a.md"))
    assert gapped == "You have days to an item to us post."
