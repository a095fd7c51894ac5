"""Items and users as a dot-product recommender leaves them: items in clusters of Zipf size, around
directions that share a few dozen axes; norms that grow with the logarithm of a Zipf popularity, as
training gives frequent items longer vectors; users between one to three clusters. The same numbers
for the same seed."""

import argparse

import numpy as np

NOISE = 0.7  # of an item against its cluster's direction of length 1


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def centers(rng, clusters, dimension):
    axes = rng.standard_normal((max(2, dimension // 2), dimension))
    return unit(rng.standard_normal((clusters, len(axes))) @ axes)


def items(rng, around, count, clusters):
    share = 1 / np.arange(1, clusters + 1) ** 0.7
    cluster = rng.choice(clusters, count, p=share / share.sum())
    noise = rng.standard_normal((count, around.shape[1])) * (NOISE / np.sqrt(around.shape[1]))
    popularity = 1 / (1 + rng.permutation(count))
    norm = 1 + np.log(popularity * count) / np.log(count)  # 1 for the rarest, 2 for the first
    return (unit(around[cluster] + noise) * norm[:, None]).astype(np.float32)


def users(rng, around, count):
    weights = rng.dirichlet(np.full(3, 0.7), count)  # mostly one, some two or three
    chosen = rng.integers(0, len(around), (count, 3))
    mixed = np.einsum("uc,ucd->ud", weights, around[chosen])
    noise = rng.standard_normal(mixed.shape) * (NOISE / np.sqrt(mixed.shape[1]))
    return unit(mixed + noise).astype(np.float32)


def write(folder, count, queries, dimension=64, seed=1):
    rng = np.random.default_rng(seed)
    clusters = max(20, round(np.sqrt(count)))
    around = centers(rng, clusters, dimension)
    np.save(f"{folder}/items.npy", items(rng, around, count, clusters))
    np.save(f"{folder}/queries.npy", users(rng, around, queries))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.folder, options.items, options.queries, seed=options.seed)
