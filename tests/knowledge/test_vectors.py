"""The vectors of a large build are searched by a graph."""

import numpy as np

from bot.knowledge.vectors import graph_of


def test_the_graph_for_many_vectors_finds_what_comparing_with_all_would() -> None:
    spread = np.random.default_rng(1).normal(size=(3000, 24)).astype(np.float32)
    spread /= np.linalg.norm(spread, axis=1, keepdims=True)
    graph = graph_of(spread)
    assert graph is not None
    exact = np.argmax(spread[:50] @ spread.T, axis=1)
    assert list(graph.search(spread[:50], 1)[1][:, 0]) == list(exact)
