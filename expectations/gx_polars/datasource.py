"""The data source: assets whose batches are Polars frames or Parquet paths.

What belongs here: handing a frame to the engine. What does not: anything about metrics.

Great Expectations reads the annotations of these classes at run time, so they are not postponed.
"""

import builtins
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl
from great_expectations.constants import DATAFRAME_REPLACEMENT_STR
from great_expectations.core.batch import LegacyBatchDefinition
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.core.id_dict import IDDict
from great_expectations.datasource.fluent import BatchRequest, Datasource
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset
from great_expectations.exceptions import InvalidBatchRequestError

from expectations.gx_polars import registered  # noqa: F401 (makes this engine's metrics known)
from expectations.gx_polars.batch import Frame
from expectations.gx_polars.engine import PolarsExecutionEngine

# How Great Expectations itself names them: it keeps both out of ids and stored results.
_IN_MEMORY, _PATH = "dataframe", "path"


class FrameAsset(DataAsset[Any, Any]):
    """A table that comes as a LazyFrame, a DataFrame, or the path of Parquet."""

    type: Literal["polars_frame"] = "polars_frame"

    def test_connection(self) -> None:
        """Nothing to connect to."""

    def get_batch_parameters_keys(
        self,
        partitioner: Any = None,  # noqa: ARG002 (a frame has no parts)
    ) -> tuple[str, ...]:
        """A frame is given as `frame`; in memory also as `dataframe`, see docs/gx-polars.md."""
        return ("frame",)

    def add_batch_definition_whole_frame(self, name: str) -> BatchDefinition[Any]:
        """A batch definition of the whole frame that `get_batch` is given."""
        return self.add_batch_definition(name=name, partitioner=None)

    def build_batch_request(
        self, options: Any = None, batch_slice: Any = None, partitioner: Any = None
    ) -> BatchRequest[Any]:
        """A request for `{"frame": LazyFrame | DataFrame | path}`."""
        if batch_slice is not None or partitioner is not None:
            raise InvalidBatchRequestError("A frame is one batch: no slice, no partitioner.")
        match list((options or {}).items()):
            case [("frame" | "dataframe" | "path", (str() | Path()) as path)]:
                known: dict[str, Any] = {_PATH: path}
            case [("frame" | "dataframe", (pl.LazyFrame() | pl.DataFrame()) as frame)]:
                known = {_IN_MEMORY: frame}
            case _:
                raise InvalidBatchRequestError(
                    'batch_parameters must be {"frame": LazyFrame, DataFrame or path of Parquet}.'
                )
        return BatchRequest(
            datasource_name=self.datasource.name, data_asset_name=self.name, options=known
        )

    def _validate_batch_request(self, batch_request: BatchRequest[Any]) -> None:
        """Every request is built, and so checked, by `build_batch_request`."""

    def get_batch_identifiers_list(self, batch_request: BatchRequest[Any]) -> list[dict[str, Any]]:
        """One batch, known by what it is rather than by its cells."""
        return [IDDict(_described(batch_request.options))]

    def get_batch(self, batch_request: BatchRequest[Any]) -> Batch:
        """The batch; a path is scanned anew each time."""
        (frame,) = batch_request.options.values()
        engine = self.datasource.get_execution_engine()
        spec = RuntimeDataBatchSpec(batch_data=frame)
        data, markers = engine.get_batch_data_and_markers(spec)
        described = _described(batch_request.options)
        return Batch(
            datasource=self.datasource,
            data_asset=self,
            batch_request=batch_request,
            data=data,
            metadata=self._get_batch_metadata_from_batch_request(
                batch_request=batch_request, ignore_options=(_IN_MEMORY, _PATH)
            ),
            batch_markers=markers,
            batch_spec=spec,
            batch_definition=LegacyBatchDefinition(
                datasource_name=self.datasource.name,
                data_connector_name="fluent",
                data_asset_name=self.name,
                batch_identifiers=IDDict(described),
                batch_spec_passthrough=None,
            ),
        )


def _described(options: dict[str, Any]) -> dict[str, str]:
    """Batch parameters that may be stored."""
    return {"frame": str(options[_PATH]) if _PATH in options else DATAFRAME_REPLACEMENT_STR}


class PolarsDatasource(Datasource[FrameAsset, PolarsExecutionEngine]):
    """Polars LazyFrames, DataFrames and Parquet paths."""

    asset_types: ClassVar[list[type[DataAsset[Any, Any]]]] = [FrameAsset]

    type: Literal["polars"] = "polars"
    fallback: Literal["pandas"] | None = None
    assets: list[FrameAsset] = []  # noqa: RUF012 (pydantic copies it)

    @property
    def execution_engine_type(self) -> builtins.type[PolarsExecutionEngine]:
        """The engine of this package."""
        return PolarsExecutionEngine

    def test_connection(self, test_assets: bool = True) -> None:
        """Nothing to connect to."""

    def get_execution_engine(self) -> PolarsExecutionEngine:
        """The one engine of this source."""
        engine = super().get_execution_engine()
        engine.context = self.data_context
        return engine

    def add_frame_asset(self, name: str) -> FrameAsset:
        """A table under a name."""
        return self._add_asset(FrameAsset(name=name))

    def add_table(self, name: str, frame: Frame) -> None:
        """Another table for SQL rules and for comparing row counts, by name."""
        self.get_execution_engine().tables[name] = frame
