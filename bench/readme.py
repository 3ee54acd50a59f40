"""`python -m bench.readme`: README's table of speed, from bench/results/latest.json.

Writes between the two markers and leaves everything else as it is.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Row = dict[str, Any]
VIEW, GROWTH = "view: ", ", growth"
BEGIN, END = "<!-- bench:start -->", "<!-- bench:end -->"


def table(results: dict[str, Any]) -> str:
    """The rows people ask about, as Markdown."""
    load, machine = results["load"], results["machine"]
    lines = [
        f"Measured by `make bench` on {machine['cores']} cores "
        f"({machine['processor']}, {machine['memory_mb'] // 1024} GB) with "
        f"{load['tickets']:,} tickets, {load['open']:,} of them open. A floor is the "
        "least a page can cost on the same server: P reads fifty rows, W writes one.",
        "",
        "| | one client, p50 | p95 | times its floor | budget "
        "| times itself at 10,000 | 16 clients, p50 |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    rows = results["rows"]
    crowd = {row["name"]: row["p50_ms"] for row in rows if row["clients"] == 16}
    grown = {
        row["name"].removesuffix(GROWTH): row["ratio"] for row in rows if is_growth(row)
    }
    for name, row in shown(rows):
        many, growth = crowd.get(row["name"]), grown.get(row["name"])
        lines.append(
            f"| {name} | {row['p50_ms']:.1f} ms | {row['p95_ms']:.1f} ms "
            f"| {row['ratio']:.1f} {row['floor']} | {row['budget']:g} "
            f"| {'' if growth is None else f'{growth:.2f}'} "
            f"| {'' if many is None else f'{many:.1f} ms'} |"
        )
    for row in rows:
        if "mb" in row:
            name = row["name"]
            lines.append(f"| {name} | {row['mb']} MB | | | {row['budget']:g} MB | | |")
        if "ms" in row:
            name, took = row["name"], row["ms"]
            lines.append(f"| {name} | {took:.1f} ms | | | {row['budget']:g} ms | | |")
        if "seconds" in row:
            name, seconds = row["name"], row["seconds"]
            lines.append(f"| {name} | {seconds:.0f} s | | | {row['budget']:g} s | | |")
    return "\n".join(lines)


def shown(rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """What one client waited for, by the name it gets: of the views the slowest."""
    timed = [
        row
        for row in rows
        if row["clients"] == 1 and row["p50_ms"] is not None and not is_growth(row)
    ]
    views = [row for row in timed if row["name"].startswith(VIEW)]
    slowest = max(views, key=lambda row: row["ratio"], default=None)
    for row in timed:
        if row is slowest:
            name = row["name"].removeprefix(VIEW)
            yield f"slowest of {len(views)} saved views ({name})", row
        elif row not in views:
            yield row["name"], row


def is_growth(row: Row) -> bool:
    """Whether it compares a target with itself on the small data set."""
    return str(row["name"]).endswith(GROWTH)


def main() -> int:
    """Put the table into README.md; 1 when the markers are not there."""
    readme = ROOT / "README.md"
    results = json.loads((ROOT / "bench/results/latest.json").read_text())
    text = readme.read_text()
    if BEGIN not in text or END not in text:
        print(f"README.md has no {BEGIN} and {END}: nothing was written.")
        return 1
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
