"""Laws of orders: which token is revealed after which, ignoring values. One family per file.

An order draws a permutation of 0..n-1 from the n uniforms of a row; `support` lists the law when it is small enough.
"""

from unmask.orders.blocks import blockwise
from unmask.orders.dependency import learned
from unmask.orders.grids import halton
from unmask.orders.order import SUPPORT_CAP, Order
from unmask.orders.plain import fixed, fixed_random, left_to_right, random
from unmask.orders.registry import ORDERS, by_name
from unmask.orders.spread import bit_reversal, golden

__all__ = [
    "ORDERS",
    "SUPPORT_CAP",
    "Order",
    "bit_reversal",
    "blockwise",
    "by_name",
    "fixed",
    "fixed_random",
    "golden",
    "halton",
    "learned",
    "left_to_right",
    "random",
]
