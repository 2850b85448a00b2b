"""The first assets: a capture of each source."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dagster as dg

from assets.framework.resources import SourceArchive
from assets.framework.steps import Materialized, coded_failures
from assets.ingest.capture import take
from assets.ingest.capture_attempt import summary_of
from assets.ingest.registry import Source
from expectations.errors import VoorkantError

OLDER_INPUT = "captured_now"


def archived_asset(source: Source) -> dg.AssetsDefinition:
    """Capture a source. When it fails and an older capture exists, go on with that one and say so."""

    @dg.asset(
        name=f"archive_{source.id}",
        group_name="archive",
        description=f"{source.title}\n\n{source.about}\n\nProducer: {source.producer}. "
        f"Licence: {source.licence}.",
        owners=["team:voorkant"],
        kinds={source.kind},
        metadata={"base_url": source.base_url, "cadence": source.cadence},
        check_specs=[
            dg.AssetCheckSpec(
                OLDER_INPUT,
                asset=f"archive_{source.id}",
                description="The source was captured in this run, not taken from an older capture.",
            )
        ],
    )
    def asset(sources: SourceArchive) -> Materialized:
        archive = sources.archive()
        error: VoorkantError | None = None
        with coded_failures():
            try:
                taken = take(source, sources.source_origin(source), archive).capture
            except VoorkantError as problem:
                older = archive.latest(source.id)
                if older is None:
                    lost = (
                        "There is no earlier capture, so nothing that needs this source was built."
                    )
                    raise replace(problem, outcome=lost) from None
                going_on = f"Went on with the capture of {older.retrieved_at} from {older.origin}."
                taken, error = older, replace(problem, outcome=going_on)
        return dg.MaterializeResult(
            metadata={
                "responses": len(taken.entries),
                "bytes": sum(entry.bytes for entry in taken.entries),
                "retrieved_at": taken.retrieved_at,
                "origin": taken.origin,
                **_compared(summary_of(archive, source.id) or {}),
            },
            check_results=[
                dg.AssetCheckResult(
                    check_name=OLDER_INPUT,
                    passed=error is None,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata=error.as_dict() if error else {},
                )
            ],
        )

    return asset


def _compared(summary: dict[str, Any]) -> dict[str, dg.MetadataValue[Any]]:
    """The summary of a capture as metadata: what stands out as a table, all but the profiles as JSON."""
    findings = [finding for finding in summary.get("findings", ()) if not finding["passed"]]
    rows = [
        f"| {f['severity']} | {f['about']} | {f['test']} | {f['sentence']} "
        f"{', '.join(f['examples'])} |"
        for f in findings
    ]
    head = ["| severity | table | test | found |", "|---|---|---|---|"]
    plain = {key: value for key, value in summary.items() if key != "tables"}
    return {
        "findings": dg.MetadataValue.md(
            "\n".join([*head, *rows]) if rows else "nothing stands out"
        ),
        "summary": dg.MetadataValue.json(plain),
    }
