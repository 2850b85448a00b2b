"""The gate in words: why a dataset is not published, which rules and rows, and what to do now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from expectations.errors import VoorkantError

SHOWN = 3


def refusal(
    where: str, rules: Iterable[Mapping[str, Any]], quarantined: int, page: Path
) -> VoorkantError:
    """VK-D001 for a table. rules: its findings as dicts. page: its report for people."""
    return VoorkantError(
        "VK-D001",
        problem="\n           ".join(
            _described(rule) for rule in rules if rule["severity"] == "critical" and rule["failed"]
        ),
        where=where,
        outcome=f"Rows set aside with their reasons: {quarantined:,}. "
        "Nothing that needs this table was published, earlier releases stay.",
        remedy=f"Open {page}: every failing row or group, its place in the source and a likely "
        "cause. Correct the source or the rule, and run again.",
    )


def _described(rule: Mapping[str, Any]) -> str:
    shown = "; ".join(rule["examples"][:SHOWN])
    more = ", …" if rule["failed"] > SHOWN else ""
    return (
        f"{rule['rule_id']}: {rule['sentence']} Fails for {rule['failed']:,} of "
        f"{rule['judged']:,} {rule['about']}: {shown}{more}. "
        f"Likely cause: {rule['suggested_cause']}."
    )
