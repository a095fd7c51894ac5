"""Do two servers answer the same? compare.py HISTORIES URL URL: prints the share of equal lists."""
import json
import sys
import urllib.request


def ask(url, history):
    body = json.dumps({"history": history, "k": 10}).encode()
    request = urllib.request.Request(url + "/v1/recommend", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return [item["item_id"] for item in json.load(response)["items"]]


path, *urls = sys.argv[1:]
histories = [json.loads(line) for line in open(path)][:100]
equal = sum(ask(urls[0], h) == ask(urls[1], h) for h in histories)
print(json.dumps({"lists": len(histories), "equal": equal}))
