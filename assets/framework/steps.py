"""What every step shares: the type of its result, and how a coded error ends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from expectations.errors import VoorkantError

if TYPE_CHECKING:
    Materialized = dg.MaterializeResult[None]
else:  # Dagster reads the annotation of an asset at run time and takes it only without a parameter.
    Materialized = dg.MaterializeResult


@contextmanager
def coded_failures(where: str = "") -> Iterator[None]:
    """End the step with the text and code of an error instead of a traceback.

    A column that a transform needs and its input lacks becomes VK-S006: sources change.
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
