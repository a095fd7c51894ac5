"""Full-catalogue ranking: what a user has seen is left out, equal scores get the middle rank."""

from dataclasses import dataclass

import numpy as np

K = 10
BLOCK = 256  # users scored at once; scores are (BLOCK, items)
DISCOUNT = 1 / np.log2(np.arange(2, K + 2))


@dataclass
class Quality:
    hit_rate: np.ndarray  # (cases): 1 where any target is among the first K
    ndcg: np.ndarray  # (cases): ideal = min(K, targets), binary gain, log2

    def interval(self, samples=2000, seed=1):
        """95% bootstrap interval over users of the mean NDCG."""
        rng = np.random.default_rng(seed)
        n = len(self.ndcg)
        means = [self.ndcg[rng.integers(0, n, n)].mean() for _ in range(samples)]
        return np.percentile(means, [2.5, 97.5])


def _questions(phase, scorer):
    """(case, user, seen items, scores of all items) of every question; a block is scored at once."""
    seen_by = phase.matrix()
    for begin in range(0, len(phase.users), BLOCK):
        users = phase.users[begin:begin + BLOCK]
        scores = np.asarray(scorer(users), np.float32)
        for row, user in enumerate(users):
            seen = seen_by.indices[seen_by.indptr[user]:seen_by.indptr[user + 1]]
            yield begin + row, user, seen, scores[row]


def evaluate(phase, scorer):
    """scorer(users) -> (len(users), items) scores, higher is better; any array it may spoil."""
    cases = []  # (hit, ndcg)
    for case, _, seen, scores in _questions(phase, scorer):
        targets = phase.targets(case)
        targets = targets[~np.isin(targets, seen)]
        if len(targets):
            ranks = _ranks(scores, seen, targets)
            gain = (1 / np.log2(1 + ranks[ranks <= K])).sum()
            cases.append((ranks.min() <= K, gain / DISCOUNT[:min(K, len(targets))].sum()))
    return Quality(*np.array(cases, float).T)


def write_lists(path, phase, scorer):
    """Columns user_id, item_id, rank: the first K items of every question, ids as the log has them."""
    users, items = phase.log.user_names, phase.log.item_names
    with open(path, "w") as file:
        file.write("user_id,item_id,rank\n")
        for _, user, seen, scores in _questions(phase, scorer):
            scores[seen] = -np.inf
            best = np.argsort(-scores, kind="stable")[:K]
            file.writelines(f"{users[user]},{items[item]},{rank}\n"
                            for rank, item in enumerate(best, 1))


def _ranks(scores, seen, targets):
    """1-based ranks of the targets; a group of equal scores shares the middle of its places."""
    wanted = scores[targets]
    scores[seen] = -np.inf
    if len(targets) == 1:
        greater = np.count_nonzero(scores > wanted)
        equal = np.count_nonzero(scores == wanted)
    else:
        ascending = np.sort(scores)
        right = np.searchsorted(ascending, wanted, "right")
        greater, equal = len(scores) - right, right - np.searchsorted(ascending, wanted, "left")
    return np.atleast_1d(greater + (equal + 1) / 2)
