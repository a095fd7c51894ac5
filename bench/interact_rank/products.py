"""retrotech's products.csv, whose quotation marks are escaped by backslashes, as standard CSV with
the columns that a search looks at, each product once; standard input to standard output."""

import csv
import sys


def main():
    rows = csv.DictReader(sys.stdin, escapechar="\\")
    out = csv.writer(sys.stdout)
    out.writerow(["upc", "name", "manufacturer"])
    seen = set()
    for row in rows:
        if row["upc"] in seen:
            continue
        seen.add(row["upc"])
        out.writerow([row["upc"], row["name"], (row["manufacturer"] or "").strip()])


if __name__ == "__main__":
    main()
