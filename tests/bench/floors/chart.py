"""Two runs of `tests.bench.floor` as a chart and a table: `python -m tests.bench.floors.chart BEFORE AFTER SVG`."""

import json
import math
import sys
from pathlib import Path
from typing import Any

ROW, LEFT, WIDTH, MOST = 26, 190, 430, 128.0
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 {height}" font-family="sans-serif" '
    'font-size="12" role="img" aria-label="Processor time over the floor, before and after">'
    '<rect width="700" height="{height}" fill="#ffffff"/>'
)
BAR = '<rect x="{x}" y="{y}" width="{width:.0f}" height="9" fill="{colour}"/>'
TEXT = '<text x="{x}" y="{y}" text-anchor="{anchor}" fill="#1f2933">{text}</text>'
COLOURS = ("#b8c1cc", "#1f6f54")


def length(ratio: float) -> float:
    """Logarithmic: each doubling is as long as any other."""
    return max(2.0, WIDTH * math.log2(max(ratio, 1)) / math.log2(MOST))


def chart(rows: list[tuple[str, float, float]]) -> str:
    parts = [HEAD.format(height=ROW * (len(rows) + 2))]
    for number, (name, *ratios) in enumerate(rows):
        top = ROW * number + 8
        parts.append(TEXT.format(x=LEFT - 8, y=top + 13, anchor="end", text=name))
        for rank, ratio in enumerate(ratios):
            y, width = top + 10 * rank, length(ratio)
            parts.append(BAR.format(x=LEFT, y=y, width=width, colour=COLOURS[rank]))
            label = TEXT.format(x=LEFT + width + 4, y=y + 9, anchor="start", text=f"{ratio:.1f}")
            parts.append(label)
    below = ROW * len(rows) + 30
    for rank, name in enumerate(("before", "after (logarithmic; 1 is the floor)")):
        x = LEFT + 90 * rank
        parts.append(BAR.format(x=x, y=below - 9, width=9, colour=COLOURS[rank]))
        parts.append(TEXT.format(x=x + 14, y=below, anchor="start", text=name))
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    before, after = (json.loads(Path(one).read_text()) for one in sys.argv[1:3])
    old = {one["name"]: one for one in before["operations"]}
    pairs: list[tuple[Any, Any]] = [(old[one["name"]], one) for one in after["operations"]]
    rows = [(one["name"], one["cpu_ratio"], two["cpu_ratio"]) for one, two in pairs]
    Path(sys.argv[3]).write_text(chart(rows))
    for one, two in pairs:
        figures = [one["cpu_ratio"], two["cpu_ratio"], one["ratio"], two["ratio"]]
        said = " | ".join(f"{figure:.1f}" for figure in figures)
        spread = f"{two['ratio_min']:.1f}–{two['ratio_max']:.1f}"
        queries = f"{one['queries']} → {two['queries']}"
        sys.stdout.write(f"| {one['name']} | {said} | {spread} | {queries} |\n")
    sys.stdout.write(f"load {before['load'][0]:.1f}, then {after['load'][0]:.1f}\n")


if __name__ == "__main__":
    main()
