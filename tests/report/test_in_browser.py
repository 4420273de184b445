"""The page in headless Chromium: controls are used, hostile text stays inert, both themes and both widths are readable."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unmask import InformationProfile, Interval, Schedule
from unmask.report import Curve, Report, Reveal, write_report

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
CHARTLESS = Report("only a title", "", (), None, (), (), ())
HOSTILE = (
    "</script><script>boom()</script><img src=x onerror=boom()><svg onload=boom()>\"'><a href='javascript:boom()'>&lt;%{x}"
)
Open = Callable[..., Any]

SHOWN_TEXT = """sample => [...sample.querySelectorAll('.text span')]
    .filter(token => getComputedStyle(token).color !== 'rgba(0, 0, 0, 0)').map(token => token.textContent).join('')"""
# WCAG contrast of an element's text with what is behind it; the canvas turns any CSS colour into sRGB bytes.
CONTRAST = """element => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const luminance = color => {
        context.fillStyle = color; context.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
            .map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    let behind = element;
    while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
    const [a, b] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(luminance);
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed: apt-get install chromium")
    with api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def troubles() -> list[str]:
    """Whatever no page may do: request, log an error or a warning, throw, ask."""
    return []


@pytest.fixture(autouse=True)
def no_trouble(troubles: list[str]) -> Iterator[None]:
    yield
    found = list(troubles)
    troubles.clear()
    assert found == []


@pytest.fixture(scope="module")
def open_report(browser: Any, troubles: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Writes a report and opens it, with every trouble recorded and time standing still until a test moves it."""
    contexts = []

    def open_page(report: Report) -> Any:
        address = write_report(tmp_path_factory.mktemp("report") / "report.html", report).as_uri()
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        context.on("request", lambda request: None if request.url == address else troubles.append(request.url))
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.clock.install(time=0)
        page.goto(address)
        page.clock.pause_at(3600)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def opened(report: Report, open_report: Open) -> Any:
    return open_report(report)


@pytest.fixture
def page(opened: Any) -> Any:
    """The full report, in light, at 1280 px, loaded once for all tests: each sets what it needs."""
    opened.set_viewport_size({"width": 1280, "height": 900})
    opened.emulate_media(color_scheme="light", reduced_motion="reduce")
    return opened


def shown_after(reveal: Reveal, passes: int) -> str:
    return "".join(token for token, step in zip(reveal.tokens, reveal.steps, strict=True) if step < passes)


def test_charts_are_drawn(report: Report, page: Any) -> None:
    for name, lines in (("profile", 3), ("cost", 10), ("sizes", 2)):
        assert page.locator(f"#{name} .scatterlayer .trace").count() == lines
    assert page.locator("#cost").text_content().count("excess over K = N") == 1


def test_slider_reveals_exactly_the_tokens_of_its_passes(report: Report, page: Any) -> None:
    samples, slider = page.locator(".sample"), page.locator("#pass")
    for passes in (16, 0, 1, 7, 15, 16):
        slider.fill(str(passes))
        for index, reveal in enumerate(report.reveals):
            text = shown_after(reveal, passes)
            assert samples.nth(index).evaluate(SHOWN_TEXT) == text
            assert f"{len(text)} of 256 characters" in samples.nth(index).inner_text()
        assert slider.get_attribute("aria-valuetext") == f"pass {passes} of 16"


def test_sample_keeps_its_whitespace(report: Report, page: Any) -> None:
    page.set_viewport_size({"width": 1600, "height": 900})
    for index, reveal in enumerate(report.reveals):
        assert page.locator(".sample .text").nth(index).evaluate("e => e.innerText.replaceAll('↵', '')") == "".join(
            reveal.tokens
        )


def test_samples_with_other_numbers_of_passes_share_the_slider(report: Report, open_report: Open) -> None:
    given, quick = Reveal("given", ("a", "b"), (-1, -1)), Reveal("quick", tuple("one\ntwo"), (0, 1, -1, 1, 0, 3, 2))
    page = open_report(replace(CHARTLESS, reveals=(report.reveals[0], quick, given)))
    for passes in range(6):
        page.locator("#pass").fill(str(passes))
        assert page.locator(".sample").nth(1).evaluate(SHOWN_TEXT) == shown_after(quick, passes)
        assert page.locator(".sample").nth(2).evaluate(SHOWN_TEXT) == "ab"


def test_keyboard_plays_pauses_and_steps(report: Report, page: Any) -> None:
    play, slider, sample = page.locator("#play"), page.locator("#pass"), page.locator(".sample").first
    play.focus()
    page.keyboard.press("Enter")
    assert (slider.input_value(), play.inner_text().strip()) == ("0", "Pause")
    page.clock.run_for(1600)
    assert slider.input_value() == "3"
    page.keyboard.press("Enter")
    page.clock.run_for(5000)
    assert (slider.input_value(), play.inner_text().strip()) == ("3", "Play")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert sample.evaluate(SHOWN_TEXT) == shown_after(report.reveals[0], 4)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.clock.run_for(20_000)
    assert sample.evaluate(SHOWN_TEXT) == "".join(report.reveals[0].tokens)
    assert play.inner_text().strip() == "Play"


def test_choice_of_steps_switches_the_staircases(report: Report, page: Any) -> None:
    drawn = "document.getElementById('sizes').data.map(trace => [trace.meta, trace.y.at(-1)])"
    assert page.evaluate(drawn) == [[16, 256], [16, 256]]
    page.get_by_role("radio", name="8", exact=True).check(force=True)
    assert page.evaluate(drawn) == [[8, 256], [8, 256]]
    uniform = next(s for name, s in report.schedules if (name, s.steps) == ("random, uniform", 8))
    assert page.locator(".sizes dd:visible").first.inner_text() == " ".join(map(str, uniform.sizes))
    assert page.locator(".sizes dd:visible").count() == 2
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(drawn) == [[32, 256], [32, 256]]


def test_bits_are_nats_over_log_2(report: Report, page: Any) -> None:
    first_line = "document.getElementById('cost').data.find(trace => trace.name).y"
    nats = page.evaluate(first_line)
    page.locator("[data-unit=bits]").first.click()
    assert page.evaluate(first_line) == pytest.approx([value / math.log(2) for value in nats])
    for name in ("profile", "cost"):
        assert "bits per character" in page.locator(f"#{name}").text_content()
    assert page.locator("[data-unit=bits]").last.get_attribute("aria-pressed") == "true"
    page.locator("[data-unit=nats]").last.click()
    assert page.evaluate(first_line) == nats


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_readable_in_both_themes_at_both_widths(page: Any, scheme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.clock.run_for(1000)  # Plotly waits a moment before it follows a new width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 200) == (scheme == "dark")
    for selector in (".token", ".fine", "h1", "th", "footer p", ".choice button", ".facts dt"):
        ratios = page.locator(selector).evaluate_all(f"found => found.map({CONTRAST})")
        assert min(ratios) >= 4.5, (selector, min(ratios))


def test_charts_follow_the_theme(page: Any) -> None:
    from playwright.sync_api import expect

    seen = []
    for scheme in ("light", "dark", "light"):
        page.emulate_media(color_scheme=scheme)
        seen.append(page.evaluate("getComputedStyle(document.querySelector('.fine')).color"))
        for chart in ("profile", "cost", "sizes"):
            expect(page.locator(f"#{chart} .xtick text").first).to_have_css("fill", seen[-1])
    assert seen[0] == seen[2] != seen[1]


def test_nothing_but_a_title_still_opens(open_report: Open) -> None:
    page = open_report(CHARTLESS)
    assert page.locator("h1").inner_text() == "only a title"
    assert page.locator(".chart, .player, table").count() == 0


def test_curves_without_a_profile_have_no_floor(report: Report, open_report: Open) -> None:
    page = open_report(replace(report, profile=None, schedules=(), reveals=()))
    assert page.locator("#cost .scatterlayer .trace").count() == 9
    assert "excess" not in page.locator("main").inner_text()


def test_hostile_text_is_inert_everywhere(open_report: Open) -> None:
    bounds = (Interval(1.2, 1.1, 1.3), Interval(1.1, 1.0, 1.2))
    page = open_report(
        Report(
            title=HOSTILE,
            summary=HOSTILE,
            facts=((HOSTILE, HOSTILE),),
            profile=InformationProfile(-np.linspace(2, 1, 8)),
            curves=(Curve(HOSTILE, (2, 4), bounds),),
            schedules=((HOSTILE, Schedule([4, 4])), (HOSTILE, Schedule([2, 2, 2, 2]))),
            reveals=(Reveal(HOSTILE, (HOSTILE,) * 3, (0, 1, -1), HOSTILE),),
            notes=(HOSTILE,),
            unit=HOSTILE,
            table=((HOSTILE,), (HOSTILE,)),
        )
    )
    point = page.locator("#cost .points path").last
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.clock.run_for(500)
    shown = page.locator("#cost .hoverlayer").text_content().replace("\u200b", "").replace("\u00a0", " ")
    assert HOSTILE in shown
    page.locator("#pass").fill("1")
    page.locator("[data-unit=bits]").first.click()
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator(".token").first.text_content() == HOSTILE
    assert page.locator("img, iframe, a:not(.skip), [onload], [onerror]").count() == 0
    assert page.locator("script").count() == 3


def test_policy_stops_what_escaping_would_miss(browser: Any, tmp_path: Path) -> None:
    address = write_report(tmp_path / "report.html", CHARTLESS).as_uri()
    context = browser.new_context()
    arrived, refused = [], []
    context.on("requestfinished", lambda request: arrived.append(request.url))
    context.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
    page = context.new_page()
    page.goto(address)
    page.evaluate(
        """() => {
            document.body.insertAdjacentHTML('beforeend', '<img src="https://example.com/x.png" onerror="window.ran = 1">');
            const script = document.createElement('script');
            script.textContent = 'window.ran = 1';
            document.body.append(script);
        }"""
    )
    answer = page.evaluate("fetch('https://example.com/').then(() => 'reached', () => 'refused')")
    page.wait_for_timeout(200)
    assert (answer, page.evaluate("window.ran")) == ("refused", None)
    assert arrived == [address]
    assert {reason for _, reason in refused} == {"csp"}
    context.close()
