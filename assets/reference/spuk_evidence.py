"""Which kind of document decides where several state one amount of a SPUK.

What belongs here: the orders of the column `evidence` of the ledger. What does not: which version of a
document counts (`spuk_ledger`), what follows from a difference (the reconciliation rules).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

DECIDING = (
    "regulation", "grant_list", "payment_list", "sisa_annex", "letter", "agreement", "web_page",
    "text_layer",
)  # fmt: skip
"""For adding up: what grants or accounts for money, then what allocates it, then what announces it.

Lists and annexes never state the same amount: rules SPL-06 and SPL-07 of the ledger keep their states apart.
"""

BINDING = ("regulation", "agreement", "grant_list", "letter", "web_page", "text_layer")
"""For comparing two publications: the document that the other one should agree with comes first.

Differs from DECIDING on purpose: an agreement binds the parties that signed it, so a letter about it is
compared with it, but of the two it is the letter that allocates the money.
"""


def rank(order: Sequence[str]) -> pl.Expr:
    """Position of the column `evidence` in an order, 0 first. Raises for a kind that is not in it."""
    places = {kind: place for place, kind in enumerate(order)}
    return pl.col("evidence").replace_strict(places, return_dtype=pl.Int8)
