"""Generated logs: popular items, users beyond the cap, events of one time, repeats."""

import random

DAY = 86_400


def events(path_a, path_b, users=150, items=60, seed=1) -> None:
    """Two files of one log: (user_id, item_id, timestamp, weight) in the order of time, seconds."""
    draw = random.Random(seed)
    weights = [1 / (rank + 1) for rank in range(items)]  # Zipf: the first is in a fifth of events
    rows = []
    for user in range(users):
        now = 1_600_000_000 + draw.randrange(40 * DAY)
        for _ in range(draw.choice((1, 3, 8, 20, 60))):
            now += draw.choice((0, 0, 600, 5 * 3600, 2 * DAY))  # ties keep the order of the files
            item = draw.choices(range(items), weights)[0]
            rows.append((f"u{user}", f"i{item}", now, draw.choice((0.5, 1, 2, 5))))
    draw.shuffle(rows)
    for path, part in ((path_a, rows[:len(rows) // 2]), (path_b, rows[len(rows) // 2:])):
        with open(path, "w", encoding="utf-8") as file:
            file.write("user_id,item_id,timestamp,weight\n")
            file.writelines(",".join(map(str, row)) + "\n" for row in part)


WORDS = ("red", "Shoe", "RED", "size-42", "caf\u00e9", "two", "for", "one")


def impressions(path, requests=400, users=170, items=60, queries=12, seed=2) -> None:
    """The long form: some requests without user or query, some items with two actions, one query of
    more words than count."""
    draw = random.Random(seed)
    texts = [" ".join(draw.choices(WORDS, k=1 + query % 4)) for query in range(queries - 1)]
    texts.append("; ".join(f"word{number}" for number in range(20)))
    with open(path, "w", encoding="utf-8") as file:
        file.write("request_id,user_id,item_id,timestamp,query,position,action\n")
        for request in range(requests):
            user = "" if draw.random() < 0.1 else f"u{draw.randrange(users)}"  # some of no event
            query = "" if draw.random() < 0.1 else texts[draw.randrange(queries)]
            now = 1_600_000_000 + request // 2 * 7200
            for position, item in enumerate(draw.sample(range(items), 8)):
                for action in draw.choice(([""], [""], ["click"], ["click", "buy"])):
                    file.write(f"r{request},{user},i{item},{now},{query},{position + 1},{action}\n")


def features(items_path, users_path, items=70, users=150, seed=3) -> None:
    """Tables of items, with one category, several or none, and of users. They lack some items and users of
    the logs, and have items of no log."""
    draw = random.Random(seed)
    with open(items_path, "w", encoding="utf-8") as file:
        file.write("item_id,brand,genre\n")
        for item in range(3, items):
            genres = draw.sample(("drama", "war", "film noir", "song"), draw.randrange(4))
            file.write(f"i{item},{draw.choice(('acme', 'Blue Sun', ''))},{'|'.join(genres)}\n")
    with open(users_path, "w", encoding="utf-8") as file:
        file.write("user_id,country,languages\n")
        for user in range(2, users):
            languages = draw.sample(("en", "fr", "de", "nl", "it"), 1 + draw.randrange(5))
            file.write(f"u{user},{draw.choice(('fr', 'de', 'nl'))},\"{languages}\"\n")
