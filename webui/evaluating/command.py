"""What the command line does with an evaluation: a table in words, and the page."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from webui.errors import RequestRejected
from webui.evaluating.evaluate import Evaluation, Plan, evaluate
from webui.evaluating.report import html_report, rows_of
from webui.service.files import write_whole
from webui.settings import Settings


def run_evaluation(plan: Plan, settings: Settings, report: Path | None) -> Iterator[str]:
    """Lines for the terminal. Raises WebuiError in plain words; then no page is written."""
    if report and report.is_dir():
        raise RequestRejected(f"{report} is a folder. Name the page in it.", field="report")
    with tempfile.TemporaryDirectory(prefix="darkroom-evaluate-") as folder:
        found = evaluate(plan, settings, Path(folder))
    yield from _lines(found)
    if report:
        write_whole(report.absolute(), html_report(found).encode())
        yield f"The pictures are in {report}."


def _lines(found: Evaluation) -> Iterator[str]:
    rows = rows_of(found)
    wide = max((len(row[0]) for row in rows), default=0)
    for name, value, count in rows:
        yield f"{name:<{wide}}  {value:>8}  {count}"
    yield from found.left_out
