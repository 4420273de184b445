"""`Bound`: a number that says where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bound:
    """What a theorem says, as a number (`float(bound)`) and as a sentence (`str(bound)`).

    Attributes:
        value: the number.
        unit: "nats per sequence", "steps", ...
        claim: the sentence, up to the number: "the factorisation error is at most".
        source: paper and statement.
        ingredients: the numbers it is made of.
    """

    value: float
    unit: str
    claim: str
    source: str
    ingredients: Mapping[str, float] = field(default_factory=dict)

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        used = ", ".join(f"{name} = {number:.6g}" for name, number in self.ingredients.items())
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.claim[0].upper()}{self.claim[1:]} {self.value:.6g}{unit}{f' ({used})' if used else ''} [{self.source}]."


NATS = "nats per sequence"
