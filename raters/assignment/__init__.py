"""The balanced, seeded design of a study: which rationale stands in which slot, for every place.

Knows counts, slots and a seed. Knows nothing of texts, sources or raters, hands nothing out and
stores nothing.
"""

from .bundles import design_bundles
from .queue import design_places
from .squares import Order, PlannedPlace, balance_counts, design_orders

__all__ = [
    "Order",
    "PlannedPlace",
    "balance_counts",
    "design_bundles",
    "design_orders",
    "design_places",
]
