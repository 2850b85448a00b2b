"""The rules that every engine judges, in plain values.

A rule about rows counts the rows that break it, one about groups the groups; a rule about a table or a
column counts 1 when it is broken.
"""

from __future__ import annotations

COLUMNS = [
    "year",
    "report_type",
    "municipality_code",
    "taakveld",
    "category",
    "status",
    "amount_eur",
    "of_which_eur",
    "population",
]
KEY = ["year", "report_type", "municipality_code", "taakveld", "category"]
REQUIRED = [*KEY, "status", "population"]
GROUPS = ["municipality_code", "year"]

MUNICIPALITY = r"^GM[0-9]{4}$"
MUNICIPALITY_LENGTH = 6
TAAKVELD = r"^[0-9]\.[0-9]{1,2}$"
CATEGORY = r"^[LB][0-9]\.[0-9]$"
REPORTS = ["budget", "accounts"]
STATUSES = ["final", "provisional"]
YEARS = (2000, 2030)
LAST_FINAL_YEAR = 2023
AMOUNTS = (-(10**9), 10**11)
MUNICIPALITIES = 345
ROWS = (1, 10**9)
PEOPLE = (1, 10**15)

RULES = (
    "number of rows",
    "columns in order",
    *(f"{column} given" for column in REQUIRED),
    "amount given (mostly)",
    "municipality pattern",
    "municipality length",
    "taakveld pattern",
    "category pattern",
    "report in set",
    "status in set",
    "year between",
    "amount between (mostly)",
    "final only up to a year",
    "part not above total",
    "key unique",
    "sum of population",
    "number of municipalities",
    "no group below zero",
)
