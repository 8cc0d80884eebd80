"""Run schemathesis several times in one process: imports, and what it learns of patterns, serve all.

    python -m tests.fuzz.several FILE

`FILE` holds a list of runs in JSON: the command's words, the id of who calls, and the file for what is
printed. Printed here: the statuses, as a list in JSON.
"""

import gc
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from schemathesis.cli import schemathesis


def main(runs: list[dict[str, str | list[str]]]) -> list[int]:
    """Run one after another; return the statuses."""
    # What is imported stays; a look for garbage for each 700 new objects would take a tenth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    return [run(list(one["words"]), str(one["caller"]), Path(str(one["printed"]))) for one in runs]


def run(words: list[str], caller: str, printed: Path) -> int:
    """Run one command as its own process would; return its status."""
    os.environ["FUZZER_ID"] = caller
    with printed.open("w") as output, redirect_stdout(output), redirect_stderr(output):
        try:
            schemathesis.main(words, prog_name="schemathesis")
        except SystemExit as end:
            status = int(end.code or 0)
    return status


if __name__ == "__main__":
    statuses = main(json.loads(Path(sys.argv[1]).read_text()))
    sys.stdout.write(json.dumps(statuses))
