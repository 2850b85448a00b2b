"""Reading CBS tables from a local server: our connectors against `cbsodata` and `cbsodata4`.

    .venv/bin/python -m bench.odata

1. Rows per second, from the first request to a table in memory: 45012NED (v3, 435,456 rows on 44 pages)
   and a v4 table of 500,000 observations on 5 pages. Ours includes the archive and all its checks. As a
   floor: the same pages downloaded and decoded by msgspec, with nothing checked, kept or made a table.
2. Decoding the same bytes to a frame of text against the bare JSON decoders that are installed.
3. Peak memory of capturing and reading as many pages once and four times over.

The other clients need an environment of their own, because they depend on pandas: BENCHVENV, or
/tmp/benchvenv, made once with `python -m venv /tmp/benchvenv && /tmp/benchvenv/bin/pip install
cbsodata cbsodata4 orjson msgspec`. They are directed to the local server by their own options:
`catalog_url` and `use_https` in cbsodata, `base_url` in cbsodata4. Every reader has its own process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from expectations.paths import ROOT

BENCHVENV = Path(os.environ.get("BENCHVENV", "/tmp/benchvenv"))  # noqa: S108 (named in the docstring)
OBSERVATIONS = 500_000
V4 = "90001NED"

V3_CLIENT = """
import cbsodata
cbsodata.options.use_https = False
rows = len(cbsodata.get_data("45012NED", typed=False, catalog_url=host))
"""
V4_CLIENT = """
import tempfile, cbsodata4
with tempfile.TemporaryDirectory() as folder:
    rows = len(cbsodata4.get_observations("90001NED", download_dir=folder + "/x",
                                          base_url=f"http://{host}/odata/v1"))
"""
FLOOR = """
import http.client, msgspec
from urllib.parse import urlsplit
decode = msgspec.json.Decoder().decode
connection = http.client.HTTPConnection(host)
url, kept = {first!r}, []
while url:
    parts = urlsplit(url)
    connection.request("GET", parts.path + "?" + parts.query)
    page = decode(connection.getresponse().read())
    kept += page["value"]
    url = page.get({link!r})
rows = len(kept)
"""
FIRST = {
    "v3": ("/ODataFeed/odata/45012NED/TypedDataSet?$format=json", "odata.nextLink"),
    "v4": (f"/odata/v1/CBS/{V4}/Observations", "@odata.nextLink"),
}
OURS = """
import tempfile
from pathlib import Path
from bench.odata import source
from assets.ingest.archive import Archive
from assets.ingest.capture import capture
from assets.ingest.connectors.odata import read_entity
from tests.support.cbs_server.patient_origin import patient
with tempfile.TemporaryDirectory() as folder:
    archive = Archive(Path(folder) / "archive")
    table = source({generation!r}, host)
    taken = capture(table, patient(), archive)
    rows = 0
    for name in dict.fromkeys(e.name for e in taken.entries):
        if name.endswith(("TypedDataSet", "Observations")):
            rows += read_entity(archive, taken, name).height
"""
TIMED = """
import sys, time, resource, json
host = sys.argv[1]
{imports}
start, cpu = time.perf_counter(), time.process_time()
{work}
print(json.dumps({{"rows": rows, "wall": time.perf_counter() - start,
    "cpu": time.process_time() - cpu,
    "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}}))
"""
DECODERS = {
    "json": "import json; decode = json.loads",
    "polars, schema guessed": "import polars; decode = polars.read_json",
    "orjson": "import orjson; decode = orjson.loads",
    "msgspec": "import msgspec; decode = msgspec.json.Decoder().decode",
    "ours, to a frame of text": "from assets.ingest.connectors import textrows; decode = textrows.quick",
    "ours, the careful way": (
        "from assets.ingest.connectors import odata\n"
        "decode = lambda body: odata.carefully('s', 'n', 1, body)"
    ),
}
DECODED = """
import sys, time, pathlib
pages = [path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json"))]
{decoder}
best = None
for _ in range(4):
    start = time.process_time()
    for page in pages:
        decode(page)
    spent = time.process_time() - start
    best = spent if best is None else min(best, spent)
print(best)
"""


def tables(times: int = 1) -> list[object]:
    """What the server serves. times: how often the rows of 45012NED are there, with ids of their own."""
    import polars as pl

    from tests.support.cbs_server import recorded
    from tests.support.cbs_server.cbs import Table

    iv3 = recorded.parquet_v3("45012NED")
    assert isinstance(iv3.data, pl.DataFrame)
    parts = [
        iv3.data.with_columns(
            ID=pl.col("ID") + part * iv3.data.height,
            Verslagsoort=pl.lit(str(2013 + part)) + pl.col("Verslagsoort").str.tail(4),
        )
        for part in range(times)
    ]
    data = pl.concat(parts)
    # cbsodata reads every entity that the service document lists; each client gets one set of rows.
    v3 = Table(iv3.id, "v3", {**iv3.about, "RecordCount": data.height}, data, iv3.entities)
    number = pl.int_range(OBSERVATIONS * times, eager=True)
    v4 = pl.DataFrame({"Id": number}).select(
        "Id",
        Measure=pl.lit("M000352"),
        ValueAttribute=pl.lit("None"),
        Value=pl.col("Id") * 7 % 99_991 + 0.5,
        StringValue=pl.lit(None, pl.String),
        Geslacht=pl.lit("T001038"),
        Leeftijd=pl.format("{}", 10_000 + pl.col("Id") // 5_000),
        RegioS=pl.format("GM{}", (pl.col("Id") // 10 % 500).cast(pl.String).str.zfill(4)),
        Perioden=pl.format("{}JJ00", 2010 + pl.col("Id") % 10),
    )
    about = {
        "Identifier": V4,
        "Title": "Half a million observations",
        "Modified": "2026-06-30T00:00:00+02:00",
        "ObservationsModified": "2026-06-30T00:00:00+02:00",
        "Version": "202606300000",
        "Catalog": "CBS",
        "ObservationCount": v4.height,
    }
    names = ["Geslacht", "Leeftijd", "RegioS", "Perioden"]
    entities = {
        "Dimensions": pl.DataFrame({"Identifier": names, "Kind": ["Dimension"] * len(names)}),
        "MeasureCodes": pl.DataFrame({"Identifier": ["M000352"], "Title": ["Bevolking"]}),
    }
    return [v3, Table(V4, "v4", about, v4, entities)]


def source(generation: str, host: str) -> object:
    """A source with the one table, on the local server."""
    from urllib.parse import urlsplit

    from assets.ingest.registry import SourceTable, sources

    id_, base = ("45012NED", "cbs_jobs") if generation == "v3" else (V4, "cbs_population")
    own = sources()[base]
    title = "Provincies 2013 onbewerkte Iv3-data" if generation == "v3" else "Half a million"
    table = SourceTable(id=id_, title=title, status="confirmed")
    address = urlsplit(own.base_url)._replace(scheme="http", netloc=host).geturl()
    return own.model_copy(update={"listed": (table,), "base_url": address, "hosts": (host,)})


def serve(times: int) -> None:
    """The server: pages are rendered before the first reader comes."""
    import httpx2

    from tests.support.cbs_server.cbs import CbsSite, Table
    from tests.support.cbs_server.server import SourceServer

    site = CbsSite([table for table in tables(times) if isinstance(table, Table)])
    with SourceServer() as source_server:
        source_server.serve(lambda _: site)
        for path in (
            "ODataFeed/odata/45012NED/TypedDataSet?$format=json",
            "ODataFeed/odata/45012NED/UntypedDataSet?$format=json",
            f"odata/v1/CBS/{V4}/Observations",
        ):
            link: str | None = f"http://{source_server.host}/{path}"
            while link:
                tail = httpx2.get(link, trust_env=False).content[-400:]
                mark = b'nextLink":"'
                link = tail.partition(mark)[2].partition(b'"')[0].decode() or None
        print(source_server.host, flush=True)
        sys.stdin.read()


def served(times: int) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, __file__, "serve", str(times)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def run(python: Path, code: str, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "*"}
    done = subprocess.run(  # noqa: S603
        [str(python), "-c", code, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout.strip().splitlines()[-1]


def timed(python: Path, work: str, host: str, runs: int = 3) -> dict[str, float]:
    """The fastest of a few processes, by wall time, which is what a user waits for."""
    imports = "\n".join(line for line in work.splitlines() if line.startswith(("import", "from")))
    rest = "\n".join(line for line in work.splitlines() if not line.startswith(("import", "from")))
    code = TIMED.format(imports=imports, work=rest)
    return min((json.loads(run(python, code, host)) for _ in range(runs)), key=lambda r: r["wall"])


def compare(host: str) -> None:
    own, other = Path(sys.executable), BENCHVENV / "bin" / "python"
    for generation, client, name in (("v3", V3_CLIENT, "cbsodata"), ("v4", V4_CLIENT, "cbsodata4")):
        ours = timed(own, OURS.format(generation=generation), host)
        rows = [("ours: archived, checked, read", ours)]
        if other.exists():
            rows.append((name, timed(other, client, host)))
            first, link = FIRST[generation]
            bare = FLOOR.format(first=first, link=link)
            rows.append(("nothing but download and msgspec", timed(other, bare, host)))
        for label, measured in rows:
            speed = measured["rows"] / measured["wall"]
            print(
                f"{generation}  {label:<30} {measured['rows']:>9,.0f} rows  {measured['wall']:6.2f} s  "
                f"{measured['cpu']:6.2f} CPU s  {speed:>9,.0f} rows/s  {measured['rss']:>6,.0f} MB"
            )
        if len(rows) > 1:
            speed = [measured["rows"] / measured["wall"] for _, measured in rows]
            print(f"{generation}  ours / {name}: {speed[0] / speed[1]:.1f} x the rows per second")
            print(f"{generation}  {rows[2][0]} / {name}: {speed[2] / speed[1]:.1f} x")


def decode(host: str) -> None:
    import httpx2

    for label, path in (
        ("v3", "ODataFeed/odata/45012NED/TypedDataSet?$format=json&$skip={}"),
        ("v4", f"odata/v1/CBS/{V4}/Observations?$skip={{}}"),
    ):
        step, count = (10_000, 44) if label == "v3" else (100_000, 5)
        with tempfile.TemporaryDirectory() as folder:
            for number in range(count):
                url = f"http://{host}/{path.format(number * step)}"
                body = httpx2.get(url, trust_env=False, timeout=60).content
                (Path(folder) / f"{number:03}.json").write_bytes(body)
            spent = {}
            for name, decoder in DECODERS.items():
                bare = "ours" not in name and "polars" not in name and name != "json"
                python = BENCHVENV / "bin/python" if bare else Path(sys.executable)
                check = (
                    f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({name!r}))"
                )
                if bare and (
                    not python.exists()
                    or subprocess.run([python, "-c", check], check=False).returncode  # noqa: S603
                ):
                    continue
                spent[name] = float(run(python, DECODED.format(decoder=decoder), folder))
        fastest = min(seconds for name, seconds in spent.items() if "ours" not in name)
        for name, seconds in spent.items():
            print(f"{label}  decode, {name:<26} {seconds:6.3f} CPU s  {seconds / fastest:5.2f} x")


def memory() -> None:
    """Capture alone keeps pages; the frame that is read is as large as the table, so it is left out."""
    captured = OURS.partition("    rows = 0")[0] + "    rows = 0\n"
    for times in (1, 4):
        server = served(times)
        assert server.stdout and server.stdin
        host = server.stdout.readline().strip()
        for generation in ("v3", "v4"):
            work = captured.format(generation=generation)
            measured = timed(Path(sys.executable), work, host, runs=1)
            print(
                f"{generation}  capture of {times} x the pages  {measured['rss']:>6,.0f} MB at most"
            )
        server.stdin.close()
        server.wait()


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]))
        return
    start = time.perf_counter()
    server = served(1)
    assert server.stdout and server.stdin
    host = server.stdout.readline().strip()
    compare(host)
    decode(host)
    server.stdin.close()
    server.wait()
    memory()
    print(f"in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
