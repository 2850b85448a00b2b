"""Every published number is made again from the bytes it came from, through the rows that lineage names.

The way down: sampled rows of all tables, the rows `datasets/*/lineage.yaml` names for them, theirs, and so
on to raw rows, which are read from the archived bodies. The way up: the real transforms, on exactly those.
"""

from __future__ import annotations

import csv
import html
import io
import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice

import polars as pl
import pytest

from assets.definitions import transforms
from assets.ingest.archive import LOG, Archive
from expectations import contract as contracts
from expectations.errors import VoorkantError
from tests.conftest import Refreshed
from tests.support.releases.remake_rows import Places, Remade, target_of

PER_TABLE = 8
# Runs of this one cost most of a second: rows that share what they were made of.
TOGETHER = {"social_base_inequality.social_base_inequality": 4}
_SPELLED = "municipality_name IN (SELECT municipality_name FROM reference.municipality_aliases)"
# The newest of days that are equal: each of them alone would do.
ANY_WOULD_DO = {"spuk_ledger.known"}
_SPLIT = "flags LIKE '%split_by_inhabitants%'"
# What a few even rows would miss: three rows of each.
ALSO = (
    ("care_welfare_ratio.bridge", "step IN ('specific_grants', 'other_income')"),
    ("funding_mix.funding_mix", "recipient_kind = 'nation' AND report_type = 'toedeling'"),
    ("funding_mix.funding_mix", "year BETWEEN 2024 AND 2025 AND report_type = 'toedeling'"),
    ("funding_mix.runway", "amount_kind = 'component_allocation'"),
    ("funding_mix.runway", "confidence = 'derived'"),
    ("funding_mix.transition_2027", "level = 'like_with_like'"),
    ("municipalities.municipalities", "strftime(valid_to, '%m-%d') <> '12-31'"),
    ("municipalities.years", "year < 2018 AND geography <> 'as_reported' AND flags IS NOT NULL"),
    ("social_domain_budgets.aggregates", "area_kind = 'province' AND breaks IS NOT NULL"),
    ("social_domain_budgets.fields", "flags LIKE '%parent_after_split%'"),
    ("social_domain_budgets.fund_amounts", _SPELLED),
    ("social_domain_budgets.social_domain_budgets", _SPLIT),
    ("social_domain_budgets.spuk_income", _SPLIT),
    ("spuk_allocations.regions", _SPELLED),
    ("spuk_allocations.spuk_allocations", "scheme = 'spuk_iza' AND amount_kind = 'announced'"),
    ("spuk_ledger.checks", "rule = 'R07' OR status = 'not_due' AND rule IN ('R10', 'R17')"),
    ("spuk_ledger.findings", "rule IN ('R01', 'R03', 'R07')"),
    ("spuk_ledger.official", "evidence = 'agreement'"),
)


@dataclass(frozen=True)
class Proof:
    """Sampled rows of every staged table, and what each was made of."""

    remade: Remade
    sample: Places

    @cached_property
    def named(self) -> dict[str, dict[int, list[Places]]]:
        """Table -> sampled row -> what each entry of its lineage names."""
        return {name: self.remade.named(name, rows) for name, rows in self.sample.items()}

    @cached_property
    def made(self) -> dict[str, dict[int, pl.DataFrame]]:
        """Table -> sampled row -> that row, made again from what its lineage names and nothing else."""
        return {
            name: {place: self.alone(name, place, together(named)) for place, named in rows.items()}
            for name, rows in self.named.items()
        }

    def noticed(self, name: str, place: int, given: Places) -> bool:
        """Whether a row is no longer the same, or no longer made, from these rows."""
        try:
            return not self.alone(name, place, given).equals(self.made[name][place])
        except (pl.exceptions.PolarsError, VoorkantError, LookupError, ValueError):
            return True

    @property
    def published(self) -> list[str]:
        """The tables among these that are published."""
        return [name for name in self.sample if contracts.table(name).stage == "published"]

    def alone(self, name: str, place: int, given: Places) -> pl.DataFrame:
        """A row, made again from these rows only; empty when it is not made."""
        key = list(contracts.table(name).key)
        row = self.remade.frames[name][[place]].select(key)
        made = self.remade.run(name, given, [place])
        return made.join(row, on=key, how="semi", nulls_equal=True)


def together(entries: Iterable[Places]) -> Places:
    """All rows that some entries name."""
    given: Places = {}
    for entry in entries:
        for target, places in entry.items():
            given[target] = given.get(target, set()) | places
    return given


def even(name: str, height: int) -> set[int]:
    """Places at even distance, seeded by the name of the table."""
    size = TOGETHER.get(name, 1)
    if height <= PER_TABLE:
        return set(range(height))
    chance = random.Random(name)  # noqa: S311 (a sample, no secret)
    blocks, steps = height // size, PER_TABLE // size
    starts = [
        chance.randrange(n * blocks // steps, (n + 1) * blocks // steps) for n in range(steps)
    ]
    return {start * size + each for start in starts for each in range(size)}


@pytest.fixture(scope="module")
def proof(published: Refreshed) -> Proof:
    remade = Remade(published.state)
    sample = {name: even(name, remade.frames[name].height) for name in remade.tables}
    for name, which in ALSO:
        places = remade.places(name, which)
        sample[name] |= set(places[:: max(1, len(places) // 3)][:3])
    return Proof(remade, sample)


def test_raw_rows_equal_the_archived_bytes(proof: Proof) -> None:
    for target, frame in proof.remade.frames.items():
        if target.startswith("raw:"):
            assert frame.equals(proof.remade.staged(target.removeprefix("raw:"))), target


def test_a_raw_row_is_at_the_place_it_names(proof: Proof) -> None:
    """Read again with the standard library only, so that no reader of ours vouches for itself."""
    archive = Archive(proof.remade.state / "archive")
    compared = 0
    for target, frame in proof.remade.frames.items():
        for place in even(target, frame.height) if target.startswith("raw:") else ():
            row = frame.row(place, named=True)
            if row["_locator"] == LOG:
                (taken,) = logged(archive, row["_capture"])
                assert taken.items() <= row.items()
                continue
            found_text = text_at(archive.read(row["_capture"]), row["_locator"])
            if isinstance(found_text, str):
                assert " ".join((row["text"] or "").split()) in found_text, (target, row)
                compared += 1
                continue
            same = found_text.keys() & row.keys()
            assert {name: found_text[name] for name in same} == {name: row[name] for name in same}
            compared += len(same)
    assert compared > 1_000


def logged(archive: Archive, sha256: str) -> list[dict[str, str]]:
    """Source and moment of the captures that began with an object, as lines of the log."""
    lines = map(json.loads, archive.log.read_text("utf-8").splitlines())
    return [
        {name: line[name] for name in ("source", "retrieved_at")}
        for line in lines
        if line["entries"][0]["sha256"] == sha256
    ]


def text_at(body: bytes, locator: str) -> dict[str, str | None] | str:
    """The row at a place of a JSON or CSV body; of XML all of its text."""
    if page := re.fullmatch(r"page \d+ row (\d+)", locator):
        rows = json.loads(body, parse_int=str, parse_float=str)["value"]
        return dict(rows[int(page[1]) - 1])
    if line := re.fullmatch(r"row (\d+)", locator):
        cells = list(csv.DictReader(io.StringIO(body.decode("utf-8"))))
        return {name: text or None for name, text in cells[int(line[1]) - 1].items()}
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body.decode("utf-8"))).split())


def test_a_sampled_row_is_remade_from_exactly_the_rows_it_names(proof: Proof) -> None:
    differences: list[str] = []
    for name, rows in proof.made.items():
        if not rows:
            continue  # the sample has no dropped file
        made = proof.remade.flagged(name, pl.concat(rows.values()))
        differences += proof.remade.differences(name, rows, made)
    assert differences == []


def test_the_sample_is_large_and_covers_every_published_table(proof: Proof) -> None:
    heights = {name: proof.remade.frames[name].height for name in proof.published}
    few = [name for name, height in heights.items() if len(proof.sample[name]) < min(8, height)]
    cells = sum(
        len(proof.sample[name]) * len(contracts.table(name).columns) for name in proof.published
    )
    assert few == []
    assert cells >= 2_000


def test_all_inputs_of_the_sample_are_remade_down_to_the_bytes(proof: Proof) -> None:
    inputs = proof.remade.closure({name: proof.sample[name] for name in proof.published})
    differences: list[str] = []
    for name in proof.remade.tables:
        if places := inputs.get(name):
            made = proof.remade.run(name, inputs, places)
            key = list(contracts.table(name).key)
            wanted = proof.remade.frames[name][sorted(places)].select(key)
            made = made.join(wanted, on=key, how="semi", nulls_equal=True)
            differences += proof.remade.differences(name, places, proof.remade.flagged(name, made))
    assert differences == []
    raw = {target_of(name) for table in proof.remade.tables for name in transforms()[table].inputs}
    filled = {name for name in raw if name.startswith("raw:") and proof.remade.frames[name].height}
    assert sorted(filled - inputs.keys()) == []


def test_parts_add_up_to_the_published_number(proof: Proof) -> None:
    sums = [
        (name, *each)
        for name, rows in proof.sample.items()
        for each in proof.remade.parts(name, rows)
    ]
    assert len(sums) > 200
    assert [each for each in sums if each[-1] != each[-2]] == []


def test_a_lineage_that_omits_a_row_is_detected(proof: Proof) -> None:
    """One row of each entry is left out. Not every row decides: the largest of many may hide the rest."""
    tried: dict[str, list[bool]] = {}
    for name, rows in proof.named.items():
        for place, entries in islice(rows.items(), 1 if name in TOGETHER else 3):
            for entry in entries:
                for target, places in entry.items():
                    given = together(entries)
                    given[target].discard(random.Random(f"{name}{place}").choice(sorted(places)))  # noqa: S311
                    tried.setdefault(name, []).append(proof.noticed(name, place, given))
    every = [noticed for found in tried.values() for noticed in found]
    # Of an empty table there is nothing to leave out, nor of one that is made of the schemes alone.
    rows_of = {name: together(chain(*rows.values())) for name, rows in proof.named.items()}
    assert sorted(tried) == sorted(name for name, given in rows_of.items() if given)
    assert [name for name, found in tried.items() if not any(found)] == []
    assert sum(every) > 0.75 * len(every)


def test_every_entry_names_rows_that_matter(proof: Proof) -> None:
    """Without the rows that only it names, one of the sampled rows is another or is not made."""
    idle = []
    for name, rows in proof.named.items():
        for number, read in enumerate(proof.remade.lineage(name)):
            using = {
                place: together(entries[:number] + entries[number + 1 :])
                for place, entries in rows.items()
                if entries[number]
            }
            if name in ANY_WOULD_DO:
                continue
            if using and not any(proof.noticed(name, *without) for without in using.items()):
                idle.append(f"{name} {number} {read.reads}")
    assert idle == []
