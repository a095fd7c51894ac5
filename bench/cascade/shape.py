"""The sizes of the cascade of this bench: run.py builds it and python_service.py serves it by these."""
ITEMS, USERS, EVENTS = 200_000, 20_000, 2_000_000
GENRES = 500
MATRIX, TOWER, POPULAR = 1000, 1000, 600  # quotas: about 2,000 different candidates
PRERANK, ANSWER = 300, 50
OF_A_GENRE = 5  # most items of an answer that share a genre


def genre_of(item_id):
    """Of "i123": the generated log has genres, but says nothing of them."""
    return int(item_id[1:]) % GENRES


def cascade_toml(ranker="rank"):
    return f"""name = "shop"
items = "data"

[[retriever]]
name = "matrix"
bundle = "matrix/production"
quota = {MATRIX}
time_ms = 200

[[retriever]]
name = "tower"
bundle = "tower-bundle"
quota = {TOWER}
time_ms = 200

[[retriever]]
name = "popular"
bundle = "popular"
quota = {POPULAR}

[prerank]
bundle = "prerank"
keep = {PRERANK}
time_ms = 200

[rank]
bundle = "{ranker}"
keep = {PRERANK}
time_ms = 200

[blend]
caps = [{{ feature = "genre", at_most = {OF_A_GENRE} }}]
"""
