"""A correction to plant: the file `example-1998.yaml`."""

from __future__ import annotations

# Nothing is wrong with this figure; the test says so of it, in a folder of its own.
EXAMPLE = """
id: example-1998
source: cited_figures
table: care_spending
cell:
  row: {year: "1998", definition: broad, item: total}
  column: amount_mln_eur
before: "40678"
after: "40687"
reason: An example.
evidence: [{document: No document says so}]
status: evident
"""
