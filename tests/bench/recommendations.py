"""How well the database recommends, on objectives labelled before there was a ranking.

One half of `tests/compliance/objectives.json` was tuned on; the other, held out, tells. An objective
that no course answers must get nothing. Run with `make bench BENCH=recommendations`;
ARGS="--details" names each objective that is missed.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from typing import Any

from tests.bench.rig import Report, open_rig, say
from tests.live import ROOT

LABELS = ROOT / "tests" / "compliance" / "objectives.json"
HALVES = ("tuning", "held-out")
KINDS = ("plain", "plural", "accents", "typo", "synonym", "none")
MANY = 2000
Key = tuple[str, str]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--details", action="store_true", help="name what is missed")
    details = arguments.parse_args().details
    report = Report()
    with open_rig(tenants=1) as rig:
        from qualiforma.accounts import demo as accounts
        from qualiforma.tenants.context import tenant_context
        from qualiforma.training import demo as training

        with tenant_context(rig.tenants[0]):
            accounts.load("qualiforma-demo")
            training.load("qualiforma-demo")
            labels = json.loads(LABELS.read_text(encoding="utf-8"))
            judge(report, labels, details=details)
            clock(report, labels)
    return report.end()


def judge(report: Report, labels: list[dict[str, Any]], *, details: bool) -> None:
    """Count by half and kind what comes first, and what among the first three."""
    first, third, total = Counter[Key](), Counter[Key](), Counter[Key]()
    for label in labels:
        key = label["set"], label["kind"]
        found = answer(label)
        total[key] += 1
        first[key] += (
            found[:1] == []
            if label["kind"] == "none"
            else found[:1] != [] and (found[0] in label["best"])
        )
        third[key] += bool(set(found[:3]) & set(label["best"]))
        if details and not (set(found[:1]) & set(label["best"]) or found == label["best"]):
            say(f"{' '.join(key)}: {label['text']} -> {', '.join(found[:3]) or 'nothing'}")
    for half in HALVES:
        for kind in KINDS[:-1]:
            key = half, kind
            report.figure(
                f"{half}: {kind}, top 1 / top 3", f"{first[key]} / {third[key]} of {total[key]}"
            )
        fitting = [(half, kind) for kind in KINDS[:-1]]
        of = sum(total[key] for key in fitting)
        one, three = (sum(count[key] for key in fitting) / of for count in (first, third))
        report.figure(
            f"{half}: all that a course answers, top 1 / top 3", f"{one:.0%} / {three:.0%} of {of}"
        )
        lexical = [key for key in fitting if key[1] != "synonym"]
        share = sum(first[key] for key in lexical) / sum(total[key] for key in lexical)
        report.check(f"{half}: those that share words, top 1 >= 80 %", share >= 0.8, f"{share:.0%}")
        none = half, "none"
        name = f"{half}: nothing fits, nothing answered >= 80 %"
        share = first[none] / total[none]
        report.check(name, share >= 0.8, f"{first[none]} of {total[none]}")
    without_table(report, labels)


def without_table(report: Report, labels: list[dict[str, Any]]) -> None:
    """Count what full text and trigrams alone find of objectives that share no word."""
    bare = [one for one in labels if one["kind"] == "synonym"]
    for half in HALVES:
        own = [one for one in bare if one["set"] == half]
        met = sum(bool(set(answer(one, synonyms=False)[:3]) & set(one["best"])) for one in own)
        report.figure(f"{half}: synonyms without the table, top 3", f"{met} of {len(own)}")


def answer(label: dict[str, Any], *, synonyms: bool = True) -> list[str]:
    from compliance.recommend.need import Need
    from compliance.recommend.postgresql import ranked
    from qualiforma.training.states import Level

    need = Need([label["text"]], Level(label["currentLevel"]), Level(label["targetLevel"]))
    return [one.candidate.course_id for one in ranked(need, synonyms=synonyms)]


def clock(report: Report, labels: list[dict[str, Any]]) -> None:
    """Time the ranking of one objective, with the demo's catalogue and with a large one."""
    from qualiforma import audit
    from qualiforma.training.models import Course

    timed(report, f"{Course.objects.count()} courses", labels)
    models = list(Course.objects.all())
    with audit.action("training.demo.loaded"):
        for number in range(0, MANY, len(models)):
            for rank, one in enumerate(models):
                one.pk = f"crs_{number}_{rank}"
                one._state.adding = True
            Course.objects.bulk_create(models)
    timed(report, f"{Course.objects.count()} courses", labels)


def timed(report: Report, name: str, labels: list[dict[str, Any]]) -> None:
    times = []
    for label in labels:
        start = time.perf_counter()
        answer(label)
        times.append((time.perf_counter() - start) * 1000)
    figures = f"{statistics.median(times):.0f} ms, slowest {max(times):.0f} ms"
    report.figure(f"one objective among {name}", figures)


if __name__ == "__main__":
    sys.exit(main())
