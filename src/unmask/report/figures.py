"""The Plotly figures. Colours are names of CSS variables and numbers are nats: the page resolves both when it paints."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go

from unmask.interval import Interval
from unmask.profile import InformationProfile
from unmask.report.contents import Curve
from unmask.schedule import Schedule

HUES = 8
MOST_POINTS = 2_000
NORMAL_95 = 1.96


def color_of(names: Iterable[str]) -> dict[str, str]:
    """Each name's CSS colour, by first appearance, so that one name looks the same in every figure."""
    return {name: f"var(--hue-{index % HUES})" for index, name in enumerate(dict.fromkeys(names))}


def profile_figure(profile: InformationProfile, unit: str) -> go.Figure:
    """f(i) against the number of revealed tokens, with its 95 % band where it was measured."""
    shown = np.unique(np.linspace(0, profile.length - 1, MOST_POINTS).astype(int))
    values, errors = profile.values[shown], profile.errors[shown]
    figure = _figure(plain(f"revealed {unit}s i"), "f(i), %{meta.unit} per " + plain(unit))
    if np.all(np.isfinite(errors)) and np.any(errors > 0):
        half = NORMAL_95 * errors
        figure.add_trace(_band(shown, values - half, values + half, "var(--hue-0)"))
        spread, template = half.tolist(), "f(%{x}) = %{y:.3f} ± %{customdata:.3f} %{layout.meta.unit}<extra></extra>"
    else:
        spread, template = None, "f(%{x}) = %{y:.3f} %{layout.meta.unit}<extra></extra>"
    line = {"color": "var(--hue-0)", "width": 2}
    figure.add_trace(_scatter(shown, values, mode="lines", line=line, customdata=spread, hovertemplate=template))
    measured = profile.levels[profile.levels < profile.length]
    if profile.rows > 1 and measured.size < profile.length:
        dots = {"color": "var(--surface)", "size": 6, "line": {"color": "var(--hue-0)", "width": 1.5}}
        figure.add_trace(_scatter(measured, profile.values[measured], mode="markers", marker=dots, hoverinfo="skip"))
    figure.update_layout(hovermode="x", meta={"unit": "nats"})
    return figure


def cost_figure(curves: tuple[Curve, ...], floor: float | None, colors: dict[str, str], unit: str) -> go.Figure:
    """Cost per token against K on a log-2 axis; `floor`, nats per token, is the K = N bound the excess is read against."""
    estimate = "%{y:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}] %{layout.meta.unit}"
    figure = _figure("forward passes K", "%{meta.unit} per " + plain(unit))
    ends = [] if floor is None else [floor]
    # Predicted first, so that no band is painted over a measured line.
    for curve in sorted(curves, key=lambda curve: curve.style == "measured"):
        ordered = sorted(zip(curve.steps, curve.bounds, strict=True))
        steps = np.array([k for k, _ in ordered])
        value, low, high = np.array([_drawable(bound) for _, bound in ordered]).T
        ends += [*low[np.isfinite(low)], *high[np.isfinite(high)]]
        color, measured = colors[curve.name], curve.style == "measured"
        if not measured and np.any(high > low):
            figure.add_trace(_band(steps, low, high, color))
        excess = "" if floor is None else "<br>excess over K = N: %{customdata[2]:+.3f}"
        figure.add_trace(
            _scatter(
                steps,
                value,
                name=plain(curve.name),
                mode="lines+markers",
                line={"color": color, "width": 2, "dash": "solid" if measured else "dash"},
                marker={"color": color if measured else "var(--surface)", "size": 7, "line": {"color": color, "width": 1.5}},
                error_y=_bars(value, low, high, color) if measured else None,
                customdata=_numbers(np.stack([low, high, value - (floor or 0.0)], axis=1)),
                hovertemplate=f"%{{fullData.name}}<br>K = %{{x}}, {curve.style}: {estimate}{excess}<extra></extra>",
            )
        )
    every = sorted({k for curve in curves for k in curve.steps})
    powers = [2**e for e in range(every[0].bit_length() - 1, every[-1].bit_length() + 1)]
    ticks = every if len(every) <= 8 else powers
    sides = [math.log10(every[0]) - 0.08, math.log10(every[-1]) + 0.08]
    figure.update_xaxes(type="log", tickvals=ticks, ticktext=[str(k) for k in ticks], range=sides)
    if ends:
        pad = 0.06 * (max(ends) - min(ends)) or 0.1
        figure.update_yaxes(range=[min(ends) - pad, max(ends) + pad])
    if floor is not None and ends:
        _add_floor(figure, floor, sides)
    figure.update_layout(hovermode="closest", meta={"unit": "nats"})
    return figure


def sizes_figure(schedules: tuple[tuple[str, Schedule], ...], colors: dict[str, str], unit: str) -> go.Figure:
    """Tokens revealed after each pass, one staircase per schedule; the page shows those of one K at a time."""
    figure = _figure("forward pass k", plain(f"revealed {unit}s"))
    for index, (name, schedule) in enumerate(schedules):
        # Two policies may share their sizes: the earlier staircase is wider, so that both are seen.
        covered = sum(other == schedule for _, other in schedules[index + 1 :])
        figure.add_trace(
            _scatter(
                np.arange(schedule.steps + 1),
                np.concatenate([[0], schedule.cumulative]),
                name=plain(name),
                mode="lines",
                line={"color": colors[name], "width": 2 + 4 * covered, "shape": "hv"},
                customdata=_numbers(np.concatenate([[0], schedule.sizes])),
                hovertemplate="%{fullData.name}<br>pass %{x}: %{y} revealed, %{customdata} of them in it<extra></extra>",
                meta=schedule.steps,
            )
        )
    figure.update_yaxes(range=[0, 1.04 * max(schedule.length for _, schedule in schedules)])
    figure.update_layout(hovermode="closest")
    return figure


def plain(text: str) -> str:
    """`text` that Plotly, which reads a dialect of HTML and its own %{templates}, shows as it is."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("%{", "%\u200b{")


def _figure(x_title: str, y_title: str) -> go.Figure:
    axis = {"gridcolor": "var(--line)", "linecolor": "var(--line)", "zeroline": False, "fixedrange": True, "automargin": True}
    ticks = {"showgrid": False, "ticks": "outside", "tickcolor": "var(--line)"}
    return go.Figure(
        layout={
            "template": go.layout.Template(),
            "font": {"color": "var(--muted)", "size": 13},
            "paper_bgcolor": "var(--paper)",
            "plot_bgcolor": "var(--paper)",
            "hoverlabel": {"bgcolor": "var(--surface)", "bordercolor": "var(--line)", "font": {"color": "var(--ink)"}},
            "margin": {"l": 56, "r": 16, "t": 8, "b": 44},
            "showlegend": False,
            "xaxis": axis | ticks | {"title": _title(x_title)},
            "yaxis": axis | {"title": _title(y_title)},
        }
    )


def _add_floor(figure: go.Figure, floor: float, sides: list[float]) -> None:
    """A dotted line at K = N on a second y axis whose zero it is, so that the excess is read on the right."""
    low, high = figure.layout.yaxis.range
    figure.add_trace(
        _scatter(
            np.array([10 ** sides[0], 10 ** sides[1]]),
            np.zeros(2),
            mode="lines",
            line={"color": "var(--muted)", "width": 1.5, "dash": "dot"},
            yaxis="y2",
            hoverinfo="skip",
        )
    )
    figure.update_layout(
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [low - floor, high - floor],
            "title": _title("excess over K = N"),
            "tickmode": "auto",
            "tickformat": "+.2f",
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
        }
    )


def _title(text: str) -> dict[str, object]:
    return {"text": text, "font": {"size": 13}, "standoff": 10}


def _scatter(x: np.ndarray, y: np.ndarray, **keywords: object) -> go.Scatter:
    return go.Scatter(x=x.tolist(), y=_numbers(y), **keywords)


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray, color: str) -> go.Scatter:
    there = np.isfinite(low) & np.isfinite(high)
    x, low, high = x[there], low[there], high[there]
    around, edge = np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]])
    fill = {"fill": "toself", "fillcolor": color, "opacity": 0.16}
    return _scatter(around, edge, mode="lines", line={"width": 0, "color": color}, hoverinfo="skip", **fill)


def _bars(value: np.ndarray, low: np.ndarray, high: np.ndarray, color: str) -> dict[str, object]:
    ends = {"array": _numbers(high - value), "arrayminus": _numbers(value - low)}
    return {"type": "data", "symmetric": False, "color": color, "thickness": 1.5, "width": 4, **ends}


def _drawable(bound: Interval) -> tuple[float, float, float]:
    """(value, low, high) where an end that is not finite, e.g. of a single row, falls back to the value."""
    value = bound.value if math.isfinite(bound.value) else math.nan
    low, high = (end if math.isfinite(end) else value for end in (bound.low, bound.high))
    return value, low, high


def _numbers(array: np.ndarray) -> list[object]:
    """Nested lists of floats with None where nothing can be drawn; Plotly would pack arrays into base64."""
    return np.where(np.isfinite(array), array.astype(object), np.array(None)).tolist()
