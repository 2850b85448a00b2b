"""Write one table in a process of its own, its rows mixed.

    python -m tests.support.releases.write_one_table SEED FOLDER

SEED decides on the order of the rows, the chunks they come in and the engine they come from. Prints the
sha256 of every file. What else may differ (threads, time zone, language) is the environment's.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl

from expectations.contract import Contract, Table
from pipelines.publish import canonical_files
from tests.support.releases.handmade import NOTES, declared

ENGINES = ("polars", "duckdb", "arrow")
_ROWS = 5_000


def promise() -> Contract:
    """The contract of the table that is written: text, numbers, days, and gaps in all of them."""
    table = {**NOTES, "key": ["about", "date"], "sorted_by": ["date"]}
    amount = {"type": "amount", "unit": "EUR", "nl": "Bedrag", "en": "Amount"}
    table["columns"] = {**NOTES["columns"], "amount_eur": amount}
    return Contract.model_validate(declared(notes=table))


def rows() -> list[tuple[object, ...]]:
    """Always the same rows in the same order."""
    chance = random.Random(7)  # noqa: S311 (no secret)
    texts = [None, "", "a,b", 'with "quotes"', "line\nbreak", "=1+1", "é€", "0363"]
    return [
        (
            None if n == 0 else f"{n:04}",
            date(2020, 1, 1) + timedelta(days=n % 700),
            chance.choice(texts),
            chance.choice([None, 0, n, -n]),
            chance.choice([None, Decimal(chance.randrange(10**12)) / 100, Decimal("-0.01")]),
        )
        for n in range(_ROWS)
    ]


def mixed(table: Table, seed: int) -> pl.DataFrame:
    """The rows as some engine gives them, in some order and some chunks."""
    chance = random.Random(seed)  # noqa: S311
    found = rows()
    chance.shuffle(found)
    cuts = sorted(chance.sample(range(1, _ROWS), chance.randrange(4)))
    parts = [found[a:b] for a, b in zip([0, *cuts], [*cuts, _ROWS], strict=True)]
    frames = [pl.DataFrame(part, schema=table.dtypes, orient="row") for part in parts]
    frame = pl.concat(frames, rechunk=False)
    engine = ENGINES[seed % len(ENGINES)]
    if engine == "polars":
        return frame
    arrow = frame.to_arrow()
    if engine == "duckdb":
        connection = duckdb.connect()
        connection.register("found", arrow)
        return connection.sql("SELECT words::INT AS words, * EXCLUDE (words) FROM found").pl()
    return pl.DataFrame(pl.from_arrow(arrow.cast(arrow.schema).combine_chunks()))


def write(seed: int, folder: Path) -> dict[str, str]:
    """File name -> sha256 of the files of the table, and its content hash."""
    contract = promise()
    (table,) = contract.published
    folder.mkdir(parents=True, exist_ok=True)
    content = canonical_files.write_all(contract, table, mixed(table, seed), folder)
    hashes = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }
    return {**hashes, "content": content}


if __name__ == "__main__":
    print(json.dumps(write(int(sys.argv[1]), Path(sys.argv[2]))))
