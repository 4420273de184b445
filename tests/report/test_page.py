"""The file itself: what it says, what it escapes, what it refuses. No browser."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unmask import InformationProfile, Interval, Schedule
from unmask.errors import ArgumentError
from unmask.report import Curve, Report, Reveal, write_report
from unmask.report.page import as_script_data, visible

VOID = {"meta", "link", "input", "br", "img"}
EMPTY = Report("empty", "", (), None, (), (), ())


class Page(HTMLParser):
    """Elements with their text, and a check that tags nest."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.scripts = "", []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag == "script":
            self.scripts.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts[-1] += data
        elif self.open[-1:] != ["style"]:
            self.text += data

    @property
    def figures(self) -> dict:
        return json.loads(self.scripts[0])

    def with_attribute(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if name in attributes]


def page_of(report: Report, folder: Path) -> Page:
    return Page(write_report(folder / "report.html", report).read_text("utf-8"))


@pytest.fixture(scope="module")
def page(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(report, tmp_path_factory.mktemp("page"))


def test_everything_given_is_on_the_page(report: Report, page: Page) -> None:
    said = [report.title, report.summary, *report.notes, *(cell for row in report.table for cell in row)]
    said += [text for fact in report.facts for text in fact]
    said += [text for reveal in report.reveals for text in (reveal.title, reveal.caption, "".join(reveal.tokens))]
    said += [name for name, _ in report.schedules] + [" ".join(map(str, s.sizes.tolist())) for _, s in report.schedules]
    for text in said:
        assert text in page.text


def test_figures_hold_the_numbers(report: Report, page: Page) -> None:
    profile, cost, sizes = (page.figures[name]["data"] for name in ("profile", "cost", "sizes"))
    assert any(trace["y"] == pytest.approx(report.profile.values.tolist()) for trace in profile)
    band = next(trace for trace in profile if trace.get("fill"))
    half = 1.96 * report.profile.errors
    assert band["y"] == pytest.approx([*(report.profile.values + half), *(report.profile.values - half)[::-1]])
    lines = [trace for trace in cost if trace.get("name")]
    assert len(lines) == len(report.curves)
    for curve in report.curves:
        dash = {"predicted": "dash", "measured": "solid"}[curve.style]
        line = next(t for t in lines if t["name"] == curve.name and t["line"]["dash"] == dash)
        assert line["y"] == pytest.approx([bound.value for bound in curve.bounds])
        excess = np.array([bound.value for bound in curve.bounds]) - report.profile.entropy / report.profile.length
        assert [row[2] for row in line["customdata"]] == pytest.approx(excess.tolist())
    for (_, schedule), trace in zip(report.schedules, sizes, strict=True):
        assert trace["y"] == [0, *schedule.cumulative.tolist()]
        assert trace["meta"] == schedule.steps


def test_excess_axis_has_its_zero_on_the_floor(report: Report, page: Page) -> None:
    left, right = page.figures["cost"]["layout"]["yaxis"]["range"], page.figures["cost"]["layout"]["yaxis2"]["range"]
    floor = report.profile.entropy / report.profile.length
    assert np.subtract(left, right) == pytest.approx([floor, floor])


def test_one_name_has_one_colour(page: Page) -> None:
    colours: dict[str, set[str]] = {}
    for trace in page.figures["cost"]["data"] + page.figures["sizes"]["data"]:
        if trace.get("name"):
            colours.setdefault(trace["name"], set()).add(trace["line"]["color"])
    assert all(len(found) == 1 for found in colours.values())
    assert len(set().union(*colours.values())) == len(colours)


def test_equal_staircases_are_both_seen(tmp_path: Path) -> None:
    same, other = Schedule([4, 4]), Schedule([2, 6])
    page = page_of(replace(EMPTY, schedules=(("random", same), ("bit-reversal", same), ("optimal", other))), tmp_path)
    first, second, third = (trace["line"]["width"] for trace in page.figures["sizes"]["data"])
    assert first > second == third


def test_every_token_carries_its_step(report: Report, page: Page) -> None:
    tokens = [a for a in page.with_attribute("data-step") if re.match("token|given", a.get("class") or "") and "title" in a]
    steps = [int(a["data-step"]) for a in tokens if "flex-grow" not in (a.get("style") or "")]
    assert steps == [step for reveal in report.reveals for step in reveal.steps]


def test_policy_allows_exactly_the_inlined_scripts(page: Page) -> None:
    policy = next(a["content"] for a in page.with_attribute("http-equiv"))
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    runnable = page.scripts[1:]
    assert allowed == {base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in runnable}
    assert len(runnable) == 2


def test_nothing_is_fetched_and_the_size_is_modest(report: Report, page: Page, tmp_path: Path) -> None:
    links = [value for name in ("src", "href", "action") for a in page.with_attribute(name) if (value := a[name])]
    assert all(link.startswith(("#", "data:")) for link in links)
    assert write_report(tmp_path / "report.html", report).stat().st_size < 6_000_000
    assert write_report(tmp_path / "empty.html", EMPTY).stat().st_size < 50_000


def test_same_report_same_bytes_and_no_leftovers(report: Report, tmp_path: Path) -> None:
    first = write_report(tmp_path / "a.html", report).read_bytes()
    assert write_report(str(tmp_path / "a.html"), report).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.parametrize("missing", ["profile", "curves", "schedules", "reveals", "table", "notes", "facts", "summary"])
def test_any_part_may_be_missing(report: Report, tmp_path: Path, missing: str) -> None:
    page = page_of(replace(report, **{missing: None if missing == "profile" else type(getattr(report, missing))()}), tmp_path)
    assert report.title in page.text
    heading = {
        "profile": "Information profile",
        "curves": "Cost against passes",
        "schedules": "Sizes",
        "reveals": "Samples",
        "table": "Numbers",
        "notes": "Notes",
    }.get(missing)
    headings = [other for other in ("Information profile", "Cost against passes", "Samples", "Numbers") if other != heading]
    assert all(other in page.text for other in headings)
    assert heading is None or not re.search(rf"^{heading}$", page.text, re.MULTILINE)


def test_unknown_spread_is_drawn_as_no_interval(tmp_path: Path) -> None:
    single = InformationProfile.from_rows(4, [0, 1, 3], [[-2.0, -1.0, -0.5]])
    curve = Curve("one row", (2, 4), (Interval(1.5, -math.inf, math.inf), Interval(math.nan, math.nan, math.nan)), "measured")
    page = page_of(replace(EMPTY, profile=single, curves=(curve,)), tmp_path)
    assert not any(trace.get("fill") for trace in page.figures["profile"]["data"])
    line = next(trace for trace in page.figures["cost"]["data"] if trace.get("name"))
    assert line["y"] == [1.5, None]
    assert line["error_y"]["array"] == [0.0, None]
    assert "One row" in page.text


def test_exact_profile_says_so(tmp_path: Path) -> None:
    assert "Exact: no interval" in page_of(replace(EMPTY, profile=InformationProfile([-1.0, -0.5, 0.0])), tmp_path).text


def test_unit_names_the_token(tmp_path: Path) -> None:
    reveal = Reveal("protein", ("M", "K", "V"), (-1, 0, 1))
    assert "3 of 3 residues" in page_of(replace(EMPTY, reveals=(reveal,), unit="residue"), tmp_path).text


def test_reveal_counts_its_passes() -> None:
    reveal = Reveal("", tuple("abcdef"), (-1, 2, 0, 2, 1, 2))
    assert (reveal.passes, reveal.sizes, reveal.given) == (3, (1, 1, 3), 1)
    assert Reveal("", ("a",), (-1,)).passes == 0


HOSTILE = "</script><script>boom()</script><img src=x onerror=boom()><!--<script>\"'`{{ 7 * 7 }}${boom()}%{x}"


def hostile_report(text: str) -> Report:
    return Report(
        title=text,
        summary=text,
        facts=((text, text),),
        profile=InformationProfile(-np.ones(8)),
        curves=(Curve(text, (2, 4), (Interval(1.2, 1.1, 1.3), Interval(1.1, 1.0, 1.2))),),
        schedules=((text, Schedule([4, 4])), (text, Schedule([2, 2, 2, 2]))),
        reveals=(Reveal(text, (text,) * 8, (0, 0, 0, 0, 1, 1, -1, 1), text),),
        notes=(text,),
        unit=text,
        table=((text, text), (text, text)),
    )


def test_hostile_text_adds_no_element(tmp_path: Path) -> None:
    attacked, innocent = page_of(hostile_report(HOSTILE), tmp_path), page_of(hostile_report("innocent"), tmp_path)
    names = [[(tag, sorted(attributes)) for tag, attributes in page.tags] for page in (attacked, innocent)]
    assert names[0] == names[1]
    assert len(attacked.scripts) == 3
    assert HOSTILE in attacked.text
    assert "49" not in attacked.text


def test_text_that_is_no_text_still_writes(tmp_path: Path) -> None:
    page = page_of(hostile_report("\x00\r\x1b[31m\u202e\ud800 \U0001f600"), tmp_path)
    assert "␀␍␛[31m\u202e? \U0001f600" in page.text


@settings(max_examples=40)
@given(st.recursive(st.text() | st.floats(allow_nan=False, allow_infinity=False) | st.none(), st.lists, max_leaves=8))
def test_script_data_reads_back_and_cannot_end_its_element(value: object) -> None:
    text = as_script_data(value)
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


@given(st.text())
def test_visible_text_has_no_control_characters_left(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert all(c in "\t\n" or (ord(c) >= 32 and ord(c) != 127) for c in shown)
    assert all(a == b for a, b in zip(text, shown, strict=True) if ord(a) >= 32 and ord(a) != 127)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Reveal("", (), ()), "tokens is empty"),
        (lambda: Reveal("", ("a", "b"), (0,)), "steps has 1 entries for 2 tokens"),
        (lambda: Reveal("", ("a",), (-2,)), "steps holds -2"),
        (lambda: Curve("", (), ()), "bounds has 0 intervals"),
        (lambda: Curve("", (2, 4), (Interval(1, 1, 1),)), "bounds has 1 intervals for 2 steps"),
        (lambda: Curve("", (0,), (Interval(1, 1, 1),)), "steps holds 0"),
        (lambda: Curve("", (1,), (Interval(1, 1, 1),), "guessed"), "style is 'guessed'"),
        (lambda: replace(EMPTY, table=(("a", "b"), ("c",))), r"table has rows of \[1, 2\] cells"),
        (lambda: write_report("/no/such/folder/report.html", EMPTY), "/no/such/folder"),
    ],
)
def test_bad_input_is_one_line(make: object, message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
