"""From a `Report` to one HTML file that fetches nothing and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import plotly.offline
from markupsafe import Markup

import unmask
from unmask.errors import ArgumentError
from unmask.files import write_bytes
from unmask.report.contents import Report
from unmask.report.figures import color_of, cost_figure, profile_figure, sizes_figure

_FOLDER = files("unmask.report")
_NUMBER = re.compile(r"[-+−±]?\.?\d|[-–—]?$")
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {127: 0x2421}


def write_report(path: str | Path, report: Report) -> Path:
    """Write `report` as one self-contained HTML file, atomically, and return its path.

    The same report gives the same bytes. Plotly is inlined (5 MB); a content security policy refuses every request and every
    script but its own, so text from a model or a file name cannot act.

    Raises:
        ArgumentError: the folder of `path` does not exist.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise ArgumentError(f"path {path} is in a folder that does not exist; make {path.parent} first")
    write_bytes(path, _render(report).encode("utf-8", "replace"))
    return path


def _render(report: Report) -> str:
    colors = color_of([curve.name for curve in report.curves] + [name for name, _ in report.schedules])
    figures, own_script = _figures(report, colors), _FOLDER.joinpath("report.js").read_text("utf-8")
    scripts = [plotly.offline.get_plotlyjs(), own_script] if figures else [own_script]
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["visible"] = visible
    environment.globals["zip"] = zip
    template = environment.from_string(_FOLDER.joinpath("template.html").read_text("utf-8"))
    return template.render(
        report=report,
        version=unmask.__version__,
        colors=colors,
        steps=sorted({schedule.steps for _, schedule in report.schedules}),
        chosen_steps=_chosen_steps(report),
        passes=max((reveal.passes for reveal in report.reveals), default=0),
        number_columns=_number_columns(report.table),
        figures=Markup(as_script_data(figures)),
        style=Markup(_FOLDER.joinpath("report.css").read_text("utf-8")),
        scripts=[Markup(script) for script in scripts],
        policy=" ".join(f"'sha256-{_digest(script)}'" for script in scripts),
    )


def visible(text: str) -> str:
    """`text` with control characters as their pictures (␀, ␍, ...): HTML would drop or change them."""
    return text.translate(_PICTURES)


def as_script_data(value: Any) -> str:
    """JSON that is safe inside a `<script>` element: nothing in it can end the element or start a comment."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _figures(report: Report, colors: dict[str, str]) -> dict[str, Any]:
    floor = None if report.profile is None else report.profile.entropy / report.profile.length
    figures = {}
    if report.profile is not None:
        figures["profile"] = profile_figure(report.profile, report.unit)
    if report.curves:
        figures["cost"] = cost_figure(report.curves, floor, colors, report.unit)
    if report.schedules:
        figures["sizes"] = sizes_figure(report.schedules, colors, report.unit)
    return {name: figure.to_plotly_json() for name, figure in figures.items()}


def _chosen_steps(report: Report) -> int:
    """The K shown first: that of the samples where a schedule has it, else the middle one."""
    steps: Sequence[int] = sorted({schedule.steps for _, schedule in report.schedules}) or [0]
    of_samples = [reveal.passes for reveal in report.reveals if reveal.passes in steps]
    return of_samples[0] if of_samples else steps[len(steps) // 2]


def _number_columns(table: tuple[tuple[str, ...], ...]) -> set[int]:
    """Columns whose cells below the header all start like a number: they are set flush right."""
    columns = enumerate(zip(*table[1:], strict=True))
    return {index for index, cells in columns if all(_NUMBER.match(cell.strip()) for cell in cells)}


def _digest(source: str) -> str:
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
