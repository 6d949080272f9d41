"""Groups texts that mean the same by their vectors: average linkage over each text's nearest ones.

Two groups are as alike as their texts are on average, and those most alike are joined first, until
none are alike enough. Only neighbours are ever compared, so that ten thousand texts take seconds.
"""

import heapq
from collections.abc import Sequence

import faiss
import numpy as np

from bot.language.regression import Floats

_NEIGHBOURS = 20  # of each text that it may be joined with


def grouped(vectors: Floats, weights: Sequence[int], least: float) -> list[list[int]]:
    """The places of unit vectors (n, d) in groups, each in order and the largest first.

    `weights` says how often each text counts, `least` the mean cosine from which two groups are
    one. The same input gives the same groups.
    """
    if not len(vectors):
        return []
    every = np.ascontiguousarray(vectors, dtype=np.float32)
    index = faiss.IndexFlatIP(every.shape[1])
    index.add(every)
    near, places = index.search(every, min(_NEIGHBOURS + 1, len(every)))
    size = dict(enumerate(map(float, weights)))
    total = {at: every[at] * size[at] for at in size}
    beside: dict[int, set[int]] = {at: set() for at in size}
    members = {at: [at] for at in size}
    pairs: list[tuple[float, int, int]] = []
    for at, (cosines, others) in enumerate(zip(near.tolist(), places.tolist(), strict=True)):
        for cosine, other in zip(cosines, others, strict=True):
            if other not in (at, -1) and cosine >= least and other not in beside[at]:
                beside[at].add(other)
                beside[other].add(at)
                pairs.append((-cosine, at, other))
    heapq.heapify(pairs)
    joined = len(size)
    while pairs:
        _, one, other = heapq.heappop(pairs)
        if one not in size or other not in size:
            continue
        members[joined] = members.pop(one) + members.pop(other)
        total[joined] = total.pop(one) + total.pop(other)
        size[joined] = size.pop(one) + size.pop(other)
        around = (beside.pop(one) | beside.pop(other)) - {one, other}
        beside[joined] = around
        for each in around:
            beside[each] -= {one, other}
            beside[each].add(joined)
            alike = float(total[joined] @ total[each]) / (size[joined] * size[each])
            if alike >= least:
                heapq.heappush(pairs, (-alike, joined, each))
        joined += 1
    groups = [sorted(each) for each in members.values()]
    return sorted(groups, key=lambda group: (-sum(weights[at] for at in group), group))
