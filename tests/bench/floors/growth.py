"""Runs of `tests.bench.floor` over more and more plans, as curves and a table.

`python -m tests.bench.floors.growth SVG FILE...`: the JSON of one run each, smallest first.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

LEFT, TOP, WIDTH, HEIGHT = 70, 20, 380, 300
LEAST_MS, MOST_MS = 1.0, 10_000.0
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 370" font-family="sans-serif" '
    'font-size="12" role="img" aria-label="Milliseconds of each operation over the number of plans">'
    '<rect width="640" height="370" fill="#ffffff"/>'
)
LINE = '<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
GRID = '<path d="M{left} {y}H{right}" stroke="#e2e6ea"/>'
TEXT = '<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
COLOURS = (
    *("#1f6f54", "#b3541e", "#3b5b92", "#8a2d6a", "#6b6b00", "#157a8c", "#7a3b3b"),
    *("#c2255c", "#2b8a3e", "#5f3dc4", "#e67700", "#1864ab", "#495057"),
)
INK = "#1f2933"
# Names at the right end of curves stand this far from one another at least.
APART = 14


def place(value: float, least: float, most: float, length: float) -> float:
    """Logarithmic, on both axes."""
    return length * math.log(max(value, least) / least) / math.log(most / least)


def chart(sizes: list[int], curves: dict[str, list[float]]) -> str:
    parts = [HEAD]
    for power in range(5):
        y = TOP + HEIGHT - place(10.0**power, LEAST_MS, MOST_MS, HEIGHT)
        parts.append(GRID.format(left=LEFT, y=round(y), right=LEFT + WIDTH))
        parts.append(
            TEXT.format(x=LEFT - 6, y=y + 4, anchor="end", colour=INK, text=f"{10**power:,} ms")
        )
    for size in sizes:
        x = LEFT + place(size, sizes[0], sizes[-1], WIDTH)
        label = f"{size:,} plans" if size == sizes[-1] else f"{size:,}"
        parts.append(TEXT.format(x=x, y=TOP + HEIGHT + 20, anchor="middle", colour=INK, text=label))
    below = float(TOP + HEIGHT)
    for rank, (name, times) in enumerate(sorted(curves.items(), key=lambda one: one[1][-1])):
        colour = COLOURS[rank % len(COLOURS)]
        points = [
            (
                LEFT + place(size, sizes[0], sizes[-1], WIDTH),
                TOP + HEIGHT - place(time, LEAST_MS, MOST_MS, HEIGHT),
            )
            for size, time in zip(sizes, times, strict=True)
        ]
        said = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(LINE.format(points=said, colour=colour))
        below = min(points[-1][1] + 4, below - APART)
        parts.append(
            TEXT.format(x=LEFT + WIDTH + 8, y=below, anchor="start", colour=colour, text=name)
        )
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    runs: list[dict[str, Any]] = [json.loads(Path(one).read_text()) for one in sys.argv[2:]]
    sizes = [run["plans"] for run in runs]
    found = [{one["name"]: one for one in run["operations"]} for run in runs]
    # The last page bears its number.
    deep = [next((name for name in each if name.startswith("plans: page")), "") for each in found]
    names = {
        name: [name] * len(runs) for name in found[0] if all(name in each for each in found[1:])
    } | ({"plans: last page": deep} if all(deep) else {})
    curves = {
        name: [each[one]["ours_ms"] for each, one in zip(found, own, strict=True)]
        for name, own in names.items()
    }
    Path(sys.argv[1]).write_text(chart(sizes, curves))
    for name, times in curves.items():
        ratios = [each[one]["ratio"] for each, one in zip(found, names[name], strict=True)]
        said = " | ".join(
            f"{time:.1f} ({ratio:.2f})" for time, ratio in zip(times, ratios, strict=True)
        )
        sys.stdout.write(f"| {name} | {said} |\n")
    sys.stdout.write("loads " + ", ".join(f"{run['load'][0]:.1f}" for run in runs) + "\n")


if __name__ == "__main__":
    main()
