"""The quick way of reading a page gives what the careful way gives, or leaves the page to it."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ingest.connectors import odata, textrows
from expectations.errors import VoorkantError

NUMBERS = (
    "0",
    "-0",
    "1.10",
    "1e5",
    "-2.5E-3",
    "374.3999938964844",
    "123456789012345678901234567890",
)


def careful(body: bytes) -> pl.DataFrame:
    return odata.carefully("s", "n", 1, body)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("layout", ['{{"value":[{{"a":"x","n":{0}}},{{"a":"y","n":null}}]}}',
                                    '{{\r\n "value":[\r\n {{\r\n "a":"x","n":{0}\r\n }}\r\n]}}'])  # fmt: skip
def test_a_number_keeps_its_digits(layout: str, number: str) -> None:
    frame = textrows.quick(layout.format(number).encode())
    assert frame is not None
    assert frame["n"][0] == number


def test_absent_is_not_the_word_null() -> None:
    frame = textrows.quick(b'{"value":[{"t":"null","n":1},{"t":null,"n":null}]}')
    assert frame is not None
    assert frame.rows() == [("null", "1"), (None, None)]


@pytest.mark.parametrize("later", ["null", "1.50", '"x"'])
def test_a_column_may_begin_empty(later: str) -> None:
    body = f'{{"value":[{{"a":"x","n":null}},{{"a":"y","n":{later}}}]}}'.encode()
    frame = textrows.quick(body)
    assert frame is not None
    assert frame.equals(careful(body), null_equal=True)


@pytest.mark.parametrize(
    "rows",
    [
        "",
        '{"a":"x","n":1},{"a":"x"}',  # a key less
        '{"a":"x","n":1},{"a":"x","n":1,"m":2}',  # a key more
        '{"a":"x","n":1},{"a":2,"n":1}',  # a number where texts are due
        '{"a":"x","n":1},{"a":"x","n":"1"}',  # a text where numbers are due
        '{"a":"x","n":1},{"a":"x","n":{"b":1}}',
        '{"a":"x","n":1},{"a":"x","n":[1,\n2]}',
        '{"a":"x","n":1},{"a":"x","n":NaN}',
        '{"a":"x","n":[]}',
        '{"a":"x","a":"y"}',
        '{"a":"x","n":1},{{"a":"x","n":1}',
        '{"a":"x","n":1},{},{"a":"x","n":1}',
        '{"a":"x","n":1},,{"a":"x","n":1}',
        '{"a":"x","n":1},2,{"a":"x","n":1}',
        '{"a":"x","n":1},,,2,{"a":"x","n":1}',
        '{"a":"x","n":1}{"a":"x","n":1}',
        '{"a":"x","n":1} ,{"a":"x","n":1}',
        '{"a":"x"y"z","n":1}',
        '{"a":","n":1},{"a":"x"","n":1}',
        '{"a":"x","n":01}',
        '{"a":"x","n":1.}',
        '{"a":"x","n":+1}',
        '{"a":"x","n":1},{"a":"x\ty","n":1}',
        '{"inside a":"x","a":1}',
        '{"rest":"x"}',
        "{}",
        "1,2",
    ],
)
def test_another_form_is_left_to_the_careful_way(rows: str) -> None:
    assert textrows.quick(f'{{"value":[{rows}]}}'.encode()) is None


def test_what_stands_around_the_rows_is_read_without_them() -> None:
    body = b'{"odata.metadata":"x","value":[{"a":"y"},{"a":"]"}],"odata.nextLink":"z"}'
    assert textrows.around(body) == {"odata.metadata": "x", "odata.nextLink": "z"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"value":[]}',
        b'{"a":{"value":[{"b":1}]},"value":[]}',
        b'{"value":[{"a":1}],"odata.nextLink":"z]"}',
        b'[{"value":[{"a":1}]}]',
        b'{"value":[{"a":1}]',
    ],
)
def test_rows_that_are_not_clearly_the_last_thing_but_the_link_are_left_alone(body: bytes) -> None:
    assert textrows.around(body) is None
    assert textrows.quick(body) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"value":[{"a":"x"}', b"\xff", b'{"value":{"0":{}}}']
)
def test_what_is_no_page_is_refused_by_the_careful_way(body: bytes) -> None:
    assert textrows.quick(body) is None
    with pytest.raises(VoorkantError):
        careful(body)


TEXT = st.text(st.characters(codec="utf-8"))
CELL = st.one_of(st.none(), TEXT, st.integers(), st.floats(allow_nan=False), st.booleans())


@given(
    columns=st.dictionaries(TEXT, st.one_of(TEXT.map(str), CELL), min_size=1, max_size=4),
    more=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=4),
    ascii_=st.booleans(),
    indent=st.one_of(st.none(), st.just(1)),
)
def test_both_ways_read_the_same(
    columns: dict[str, Any], more: list[list[Any]], ascii_: bool, indent: int | None
) -> None:
    rows = [columns, *(dict(zip(columns, cells, strict=False)) for cells in more)]
    separators = None if indent else (",", ":")
    page = {"odata.metadata": "x", "value": rows}
    body = json.dumps(page, ensure_ascii=ascii_, indent=indent, separators=separators).encode()
    frame = textrows.quick(body)
    assert frame is None or frame.equals(careful(body), null_equal=True)


CODE = st.text(st.characters(codec="utf-8", exclude_characters='"\\,{', min_codepoint=0x20))


@given(rows=st.lists(st.tuples(CODE, st.integers(), st.none() | st.integers()), min_size=1))
def test_pages_as_cbs_writes_them_are_read_quickly(rows: list[tuple[Any, ...]]) -> None:
    page = {"value": [dict(zip(("text", "number", "absent"), row, strict=True)) for row in rows]}
    body = json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()
    frame = textrows.quick(body)
    assert frame is not None
    assert frame.equals(careful(body), null_equal=True)
