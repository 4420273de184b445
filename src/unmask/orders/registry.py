"""Orders by name."""

from __future__ import annotations

from collections.abc import Callable

from unmask.errors import ArgumentError
from unmask.orders.order import Order
from unmask.orders.plain import fixed_random, left_to_right, random
from unmask.orders.spread import bit_reversal, golden

ORDERS: dict[str, Callable[[], Order]] = {
    "random": random,
    "fixed-random": fixed_random,
    "left-to-right": left_to_right,
    "bit-reversal": bit_reversal,
    "golden": golden,
}


def by_name(name: str | Order) -> Order:
    """The registered order of that name; an `Order` passes through.

    Raises:
        ArgumentError: no such name; the message lists those there are.
    """
    if isinstance(name, Order):
        return name
    if name not in ORDERS:
        raise ArgumentError(f"order {name!r} is unknown; give one of {', '.join(ORDERS)}")
    return ORDERS[name]()
