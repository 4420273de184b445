"""What a report shows: plain frozen records, checked when made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unmask.errors import ArgumentError
from unmask.interval import Interval
from unmask.profile import InformationProfile
from unmask.schedule import Schedule


@dataclass(frozen=True)
class Reveal:
    """One sample and the forward pass that revealed each of its tokens.

    Args:
        title: how it was sampled, e.g. "random order, uniform sizes, K = 16".
        tokens: the text of each token, in reading order.
        steps: for each token the 0-based pass that revealed it, -1 if it was given.
        caption: one line under the title.

    Raises:
        ArgumentError: no tokens, not one step per token, or a step below -1.
    """

    title: str
    tokens: tuple[str, ...]
    steps: tuple[int, ...]
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.tokens:
            raise ArgumentError("tokens is empty; give the text of at least one token")
        if len(self.tokens) != len(self.steps):
            raise ArgumentError(f"steps has {len(self.steps)} entries for {len(self.tokens)} tokens; give one per token")
        if min(self.steps) < -1:
            raise ArgumentError(f"steps holds {min(self.steps)}; give the 0-based pass, or -1 for a given token")

    @property
    def passes(self) -> int:
        """K, the number of forward passes: 0 if every token was given."""
        return max(self.steps) + 1

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many tokens each pass revealed, K integers."""
        return tuple(self.steps.count(k) for k in range(self.passes))

    @property
    def given(self) -> int:
        """How many tokens were given."""
        return self.steps.count(-1)


@dataclass(frozen=True)
class Curve:
    """Cost against K: the bound on the negative log-likelihood of the K-pass sampler, nats per token.

    Args:
        name: the policy, e.g. "bit-reversal, uniform". A predicted and a measured curve of one name share a colour.
        steps: K of each point, positive.
        bounds: cost at each K with its 95 % interval, nats per token. Infinite ends are drawn as no interval.
        style: "predicted" from a profile (dashed) or "measured" on held-out rows (solid).

    Raises:
        ArgumentError: no points, not one interval per K, a K below 1, or an unknown style.
    """

    name: str
    steps: tuple[int, ...]
    bounds: tuple[Interval, ...]
    style: Literal["predicted", "measured"] = "predicted"

    def __post_init__(self) -> None:
        if not self.steps or len(self.steps) != len(self.bounds):
            raise ArgumentError(
                f"bounds has {len(self.bounds)} intervals for {len(self.steps)} steps; give one per K, at least one"
            )
        if min(self.steps) < 1:
            raise ArgumentError(f"steps holds {min(self.steps)}; K is at least 1")
        if self.style not in ("predicted", "measured"):
            raise ArgumentError(f"style is {self.style!r}; give 'predicted' or 'measured'")


@dataclass(frozen=True)
class Report:
    """Everything on the page. Whatever is empty or None is left out.

    Args:
        title: the headline.
        summary: one plain paragraph: what was measured and what to do.
        facts: (label, value) pairs, shown as tiles.
        profile: f under random order; its K = N bound is the floor the cost curves are read against.
        curves: cost against K.
        schedules: (name, schedule) pairs; several K are offered as a choice.
        reveals: samples, replayed together.
        notes: one plain sentence or paragraph each.
        unit: what one token is, in the singular: "character", "residue", "token".
        table: rows of text, the first one is the header.

    Raises:
        ArgumentError: rows of `table` of different lengths.
    """

    title: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    profile: InformationProfile | None
    curves: tuple[Curve, ...]
    schedules: tuple[tuple[str, Schedule], ...]
    reveals: tuple[Reveal, ...]
    notes: tuple[str, ...] = ()
    unit: str = "character"
    table: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.table}
        if len(widths) > 1:
            raise ArgumentError(f"table has rows of {sorted(widths)} cells; give every row as many as the header")
