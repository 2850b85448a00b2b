"""From a pure function to a Dagster asset: the thin shell around every table, in three sorts.

    archived_asset     a source             captured into the archive
    raw_asset          archive -> raw       strings as served, each row with its place in the source
    contracted_asset   raw/core -> core/out audited against its contract inside the same step

Names, descriptions, columns, owners and checks come from the registry and the contracts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import polars as pl

from assets.corrections import Correction, Outcome, Record, apply, corrections
from assets.framework.resources import SourceArchive, TableStore
from assets.ingest import registry
from assets.ingest.archive import Archive, Capture
from assets.ingest.capture import summary_of, take
from assets.ingest.registry import Source
from expectations import contract as contracts
from expectations.audit import Finding, audit, promises
from expectations.contract import Table
from expectations.errors import VoorkantError
from expectations.vocabulary import Rule

Transform = Callable[..., pl.LazyFrame]
Reader = Callable[[Archive, Capture, Source], pl.DataFrame]

if TYPE_CHECKING:
    Materialized = dg.MaterializeResult[None]
else:  # Dagster reads the annotation of an asset at run time and takes it only without a parameter.
    Materialized = dg.MaterializeResult

TRANSFORMS: dict[str, tuple[Transform, tuple[str, ...]]] = {}
"""Table of a contract -> the function that makes it and the tables it reads, to make a row once more."""
READERS: dict[str, tuple[str, Reader]] = {}
"""Raw table -> its source and what reads it from a capture."""

OLDER_INPUT = "captured_now"
HAS_ROWS = "has_rows"


@contextmanager
def told_to_people(where: str = "") -> Iterator[None]:
    """Let a coded error end the step with its own words instead of a traceback.

    A column that a transform asks for and its input does not have is one too: sources change.
    """
    try:
        yield
    except pl.exceptions.ColumnNotFoundError as error:
        missing = VoorkantError(
            "VK-S006",
            problem=f"A column is missing: {str(error).splitlines()[0]}",
            where=where,
            outcome="The table was not written; earlier releases stay.",
            remedy="Compare the columns of the raw tables it reads with what the source served before.",
        )
        raise dg.Failure(str(missing), metadata=missing.as_dict(), allow_retries=False) from None
    except VoorkantError as error:
        raise dg.Failure(str(error), metadata=error.as_dict(), allow_retries=False) from None


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
        with told_to_people():
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


def raw_asset(
    source_id: str, slug: str, read: Reader, may_be_empty: bool = False
) -> dg.AssetsDefinition:
    """A source's rows as text, exactly as served, with `_capture` and `_locator`.

    may_be_empty: that there are none is a fact and no failure, as with an empty drop folder.
    """
    source = registry.source(source_id)
    name = f"raw_{source_id}__{slug}"
    guarded = corrections().get(name, ())
    READERS[name] = (source_id, read)

    @dg.asset(
        name=name,
        group_name="raw",
        deps=[f"archive_{source_id}"],
        description=inspect.getdoc(read) or "",
        owners=["team:voorkant"],
        kinds={"polars", "parquet"},
        check_specs=[
            dg.AssetCheckSpec(
                HAS_ROWS,
                asset=name,
                description="The source answered with at least one row"
                + (", or there was nothing to answer with." if may_be_empty else "."),
                blocking=not may_be_empty,
            ),
            *(
                dg.AssetCheckSpec(_correction(each), asset=name, description=each.sentence())
                for each in guarded
            ),
        ],
    )
    def asset(sources: SourceArchive, tables: TableStore) -> Materialized:
        with told_to_people():
            archive = sources.archive()
            frame = read(archive, archive.require(source_id), source)
        digest = tables.save(name, frame)
        _, outcomes = apply(frame.lazy(), guarded)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": frame.height,
                "dagster/column_schema": _column_schema(frame.schema),
                **{_correction(each.correction): each.outcome for each in outcomes},
            },
            data_version=dg.DataVersion(digest),
            check_results=[
                dg.AssetCheckResult(
                    check_name=HAS_ROWS,
                    passed=frame.height > 0 or may_be_empty,
                    metadata={"rows": frame.height},
                ),
                *map(_guard, outcomes),
            ],
        )

    return asset


def contracted_asset(
    qualified: str, transform: Transform, reads: Sequence[str] = ()
) -> dg.AssetsDefinition:
    """A table of a contract.

    reads: the tables the transform reads; without it the names of its parameters. `<table>.quarantine` are
    the rows that a table set aside.
    """
    table = contracts.table(qualified)
    reads = tuple(reads) or tuple(inspect.signature(transform).parameters)
    TRANSFORMS[qualified] = (transform, reads)
    references = {name: contracts.table(name).asset for name in table.references()}
    owner = contracts.contract(table.dataset).owner

    @dg.asset(
        name=table.asset,
        group_name=table.stage,
        deps=list(dict.fromkeys(name.partition(".")[0] for name in [*reads, *references.values()])),
        description=f"{table.title.en}\n\n{table.description.en}",
        owners=[owner],
        kinds={"polars", "parquet", "greatexpectations"},
        metadata={"dagster/column_schema": _promised_schema(table), "key": ", ".join(table.key)},
        code_version=contracts.contract(table.dataset).schema_version,
        check_specs=[
            dg.AssetCheckSpec(
                name,
                asset=table.asset,
                description=f"{rule.sentence()} {rule.reason} ({rule.severity}; {rule.source})",
                blocking=rule.severity == "critical",
            )
            for name, rule in checks(table).items()
        ],
    )
    def asset(tables: TableStore) -> Materialized:
        context = dg.AssetExecutionContext.get()
        partition = context.partition_key if context.has_partition_key else None
        with told_to_people(table.asset):
            given, outcomes = _corrected(tables, reads)
            yardsticks = {name: tables.scan(asset) for name, asset in references.items()}
            judged = audit(table, transform(**given), yardsticks, partition)
            before = [*reads, *references.values()]
            digest = tables.save_audit(judged, _told(tables, before, outcomes))
        page = dg.MetadataValue.path(tables.page(table.asset))
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": judged.kept.height,
                "read": judged.read,
                "quarantined": judged.quarantined.height,
                "report": page,
            },
            data_version=dg.DataVersion(digest),
            check_results=[_check_result(finding, page, partition) for finding in judged.findings],
        )

    return asset


def _corrected(
    tables: TableStore, reads: Iterable[str]
) -> tuple[dict[str, pl.LazyFrame], list[Outcome]]:
    """The tables that a transform reads, raw ones with their corrections applied."""
    given: dict[str, pl.LazyFrame] = {}
    outcomes: list[Outcome] = []
    for name in reads:
        given[name], told = apply(tables.scan(name), tables.corrections(name))
        outcomes += told
    return given, outcomes


def _told(tables: TableStore, before: Iterable[str], outcomes: list[Outcome]) -> list[Record]:
    """What came of every correction that reaches a table: its own, and those of the tables before it."""
    told = [outcome.record() for outcome in outcomes]
    for name in before:
        told += (tables.evidence(name) or {}).get("corrections", [])
    return list({record["id"]: record for record in told}.values())


def _correction(correction: Correction) -> str:
    return _check_name(f"correction_{correction.id}")


def _guard(outcome: Outcome) -> dg.AssetCheckResult:
    """Whether a correction still holds; one that does not is told with its code."""
    error = outcome.error()
    return dg.AssetCheckResult(
        check_name=_correction(outcome.correction),
        passed=error is None,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=error.as_dict() if error else {},
    )


def checks(table: Table) -> dict[str, Rule]:
    """Check name -> its rule: one for every rule a table is audited by."""
    return {_check_name(rule.id): rule for rule in promises(table)}


def _check_name(rule_id: str) -> str:
    """A rule id in the alphabet Dagster allows for checks."""
    return "".join(c if c.isalnum() else "_" for c in rule_id)


def _check_result(
    finding: Finding, page: dg.PathMetadataValue, partition: str | None
) -> dg.AssetCheckResult:
    critical = finding.severity == "critical"
    return dg.AssetCheckResult(
        check_name=_check_name(finding.rule_id),
        passed=finding.passed,
        severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
        description=finding.sentence,
        metadata={
            "judged": finding.judged,
            "failed": finding.failed,
            "counts": finding.about,
            "report": page,
            **({"examples": _listed(finding.examples)} if finding.examples else {}),
            **({"partition": partition} if partition else {}),
        },
    )


def _listed(lines: Iterable[str]) -> dg.MetadataValue[Any]:
    return dg.MetadataValue.md("\n".join(f"* {line}" for line in lines))


def _promised_schema(table: Table) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=name,
                type=str(table.dtypes[name]),
                description=column.en + (f" ({column.unit})" if column.unit else ""),
                constraints=dg.TableColumnConstraints(
                    nullable=not column.required, unique=table.key == (name,)
                ),
            )
            for name, column in table.columns.items()
        ]
    )


def _column_schema(schema: pl.Schema) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[dg.TableColumn(name=name, type=str(kind)) for name, kind in schema.items()]
    )
