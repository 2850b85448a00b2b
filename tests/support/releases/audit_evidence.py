"""Evidence for an audit pack, made by hand: few fields a row, defaults for the rest.

audited(ledger=[entry(amount_eur="100")], findings=[finding(difference_eur="-5")])
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from expectations.contract import Table, contract
from pipelines.audit_pack import amounts
from pipelines.audit_pack.pack_data import LEDGER, UPTAKE, PackData

Row = dict[str, Any]
SHA = "5a" * 32
DAY = date(2026, 11, 20)
_RULE = "R01"


def tables() -> dict[str, Table]:
    """The published tables of both datasets, by name."""
    return {t.name: t for name in (LEDGER, UPTAKE) for t in contract(name).published}


def entry(**given: Any) -> Row:
    """A row of the ledger: Utrecht's total of 2026."""
    return {
        "scheme": "brede_spuk",
        "component": "total",
        "recipient_kind": "municipality",
        "recipient_code": "GM0344",
        "recipient_name": "Utrecht",
        "year": 2026,
        "period": str(given.get("year", 2026)),
        "state": "allocatable",
        "basis": "excl_lpo",
        "amount_eur": "4063307.79",
        "evidence": "regulation",
        "document_id": "BWBR0047862",
        "document_version": "2025-10-29",
        "visible_from": date(2025, 10, 29),
        "confidence": "seen",
        "source_sha256": SHA,
        "source_locator": "Bijlage IV, table 9, row 285, column 6",
        "is_newest": "yes",
    } | given


def finding(**given: Any) -> Row:
    """A finding on Utrecht."""
    return {
        "rule": _RULE,
        "scheme": "brede_spuk",
        "component": "total",
        "period": "2026",
        "recipient_kind": "municipality",
        "recipient_code": "GM0344",
        "recipient_name": "Utrecht",
        "subject": "granted ≤ allocatable",
        "subject_nl": "verleend tegenover toegedeeld",
        "subject_en": "granted against allocated",
        "class": "breach",
        "cause": "over_allocatable",
        "cause_nl": "Verleend is meer dan toegedeeld.",
        "cause_en": "Granted is more than allocatable.",
        "observed_eur": "110",
        "expected_eur": "100",
        "difference_eur": "10",
        "tolerance_eur": "1",
        "observed_cells": "verleend.xlsx 5a5a5a5a5a5a Blad1!E7",
        "expected_cells": "BWBR0047862 2025-10-29 Bijlage IV, table 9, row 285, column 6",
        "next_step_nl": "Vraag de uitvoerder naar de beschikking.",
        "next_step_en": "Ask the executor for the decision.",
    } | given


def check(**given: Any) -> Row:
    """What a rule compared of the Brede SPUK."""
    return {
        "rule": _RULE,
        "scheme": "brede_spuk",
        "statement_nl": "De onderdelen tellen op tot het plafond.",
        "statement_en": "The components add up to the ceiling.",
        "status": "judged",
        "judged": 10,
        "agreed": 9,
        "breach": 1,
        "source_error": 0,
        "needs_explanation": 0,
        "known_exception": 0,
    } | given


def measure(**given: Any) -> Row:
    """A measure of the nation that nobody published."""
    return {
        "measure": "spending",
        "scheme": "brede_spuk",
        "component": "total",
        "period": "2025",
        "geography": "as_reported",
        "area_kind": "nation",
        "area": "NL01",
        "area_name": "Nederland",
        "unit": "EUR",
        "numerator_is": "spent",
        "denominator_is": "granted",
        "recipients": 342,
        "recipients_known": 0,
        "coverage_pct": "0",
        "availability": "not_published",
        "due_date": "2026-07-15",
        "fills_from_nl": "SiSa-bijlagen in drop/sisa",
        "fills_from_en": "SiSa annexes in drop/sisa",
        "confidence": "derived",
    } | given


def term(**given: Any) -> Row:
    """A deadline ahead."""
    return {
        "scheme": "brede_spuk",
        "kind": "accountability_due",
        "term": "sisa",
        "period": "2026",
        "date_to": "2027-07-15",
        "confidence": "derived",
        "source": "BWBR0047862 art. 9.1",
    } | given


def audited(
    ledger: list[Row] | None = None,
    findings: list[Row] | None = None,
    checks: list[Row] | None = None,
    uptake: list[Row] | None = None,
    terms: list[Row] | None = None,
    regions: list[Row] | None = None,
    known_on: date = DAY,
) -> PackData:
    """Evidence of these rows; None is one row of each."""
    ledger = [entry()] if ledger is None else ledger
    names = sorted({row["scheme"] for row in ledger} | {"brede_spuk"})
    columns = tables()["schemes"].columns
    rows = frame(LEDGER, ledger)
    return PackData(
        ledger=rows,
        findings=frame("findings", [finding()] if findings is None else findings),
        checks=frame("checks", [check()] if checks is None else checks),
        terms=frame("terms", [term()] if terms is None else terms),
        schemes=frame(
            "schemes",
            [{c: "x" for c in columns if columns[c].required} | {"scheme": n} for n in names],
        ),
        uptake=frame(UPTAKE, [measure()] if uptake is None else uptake),
        regions=pl.DataFrame(
            regions or [],
            schema={"year": pl.Int16, "region_name": pl.String, "municipality_code": pl.String},
        ),
        components=amounts.components(rows),
        known_on=known_on,
        manifests={name: manifest(name) for name in (LEDGER, UPTAKE)},
        contracts={name: contract(name) for name in (LEDGER, UPTAKE)},
    )


def frame(name: str, rows: list[Row]) -> pl.DataFrame:
    """Rows of a published table, in its types; what a row does not name is missing."""
    table = tables()[name]
    numbers = {n for n, kind in table.dtypes.items() if kind.is_decimal()}
    made = [
        {n: Decimal(v) if n in numbers and v is not None else v for n, v in row.items()}
        for row in rows
    ]
    return pl.DataFrame(made, schema=table.dtypes)


def manifest(dataset: str) -> dict[str, Any]:
    """The parts of a release manifest that a pack uses."""
    answer = {
        "name": "rows",
        "page": 0,
        "url": "https://wetten.overheid.nl/BWBR0047862",
        "sha256": SHA,
    }
    return {
        "dataset": dataset,
        "version": "2026.11.1",
        "published_at": f"{DAY.isoformat()}T09:00:00+00:00",
        "content_sha256": "c0de" * 16,
        "inputs": [
            {
                "source": "brede_spuk",
                "origin": "sample",
                "retrieved_at": f"{DAY.isoformat()}T09:00:00+00:00",
                "responses": [answer],
            }
        ],
    }
