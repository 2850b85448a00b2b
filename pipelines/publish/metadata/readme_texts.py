"""The words of `README.md` and `README.nl.md`, each in Dutch and English; braces are filled in."""

from __future__ import annotations

from expectations.contract import Bilingual

WORDS: dict[str, Bilingual] = {
    "other": Bilingual(
        nl="This page in English: [README.md](README.md).",
        en="Deze pagina in het Nederlands: [README.nl.md](README.nl.md).",
    ),
    "about": Bilingual(
        nl=(
            "Dataset `{dataset}`, versie {version} van {day}, schema {schema}, licentie "
            "[{licence}]({url})."
        ),
        en=(
            "Dataset `{dataset}`, version {version} of {day}, schema {schema}, licence "
            "[{licence}]({url})."
        ),
    ),
    "withdrawn": Bilingual(
        nl="**Ingetrokken: {why}** Gebruik deze versie niet.",
        en="**Withdrawn: {why}** Do not use this version.",
    ),
    "method": Bilingual(
        nl=(
            "De methode op één pagina, met formule, bronnen en plaatje: [method.nl.md](method.nl.md)."
        ),
        en=(
            "The method on one page, with formula, sources and picture: [method.en.md](method.en.md)."
        ),
    ),
    "caveats": Bilingual(nl="Voor u een getal gebruikt", en="Before you use a number"),
    "breaks": Bilingual(nl="Trendbreuken", en="Breaks in the series"),
    "break_head": Bilingual(
        nl="| breuk | reeks | jaren | reden |", en="| break | series | years | reason |"
    ),
    "tables": Bilingual(nl="Tabellen", en="Tables"),
    "rows": Bilingual(nl="Rijen: {rows}. Sleutel: {key}.", en="Rows: {rows}. Key: {key}."),
    "column_head": Bilingual(
        nl="| kolom | type | eenheid | leeg | betekenis |",
        en="| column | type | unit | empty | meaning |",
    ),
    "may_be_empty": Bilingual(nl="kan", en="may be"),
    "never_empty": Bilingual(nl="nooit", en="never"),
    "values": Bilingual(nl="Een van", en="One of"),
    "types": Bilingual(
        nl=(
            "`code`: tekst, ook als er cijfers in staan (`0.10` is niet `0.1`). `moment`: zo "
            "precies als bekend (2024, 2024-12 of 2024-12-10). `flags`: woorden met `;` "
            "ertussen. `amount`: exacte euro's. Leeg is onbekend, nooit nul."
        ),
        en=(
            "`code`: text, also where it holds digits (`0.10` is not `0.1`). `moment`: as "
            "precise as known (2024, 2024-12 or 2024-12-10). `flags`: words with `;` between "
            "them. `amount`: exact euros. Empty is unknown, never zero."
        ),
    ),
    "load": Bilingual(nl="Laden", en="Load"),
    "nowhere": Bilingual(
        nl=(
            "Het adres van deze publicatie is nog niet bekend. De regels lezen een bestand uit "
            "de map waarin u werkt."
        ),
        en=(
            "The address of this publication is not known yet. The lines read a file from the "
            "folder you work in."
        ),
    ),
    "pandas": Bilingual(
        nl="pandas geeft bedragen en datums als `object`: exacte `Decimal` en `date`.",
        en="pandas gives amounts and dates as `object`: exact `Decimal` and `date`.",
    ),
    "xlsx": Bilingual(
        nl="Excel: open `{file}`; codes staan er als tekst in.",
        en="Excel: open `{file}`; codes are in it as text.",
    ),
    "csv": Bilingual(
        nl=(
            "Excel: open `{file}`{unpack} met Gegevens > Van tekst/CSV, herkomst UTF-8, "
            "scheidingsteken komma, en zet kolommen van type `code` op Tekst. Een dubbelklik "
            "raakt voorloopnullen kwijt."
        ),
        en=(
            "Excel: open `{file}`{unpack} with Data > From Text/CSV, origin UTF-8, delimiter "
            "comma, and set columns of type `code` to Text. A double-click loses leading zeros."
        ),
    ),
    "unpack": Bilingual(nl=", uitgepakt,", en=", unpacked,"),
    "others": Bilingual(
        nl="Zo ook de andere tabellen: {files}.", en="The other tables in the same way: {files}."
    ),
    "inputs": Bilingual(nl="Waar het uit gemaakt is", en="What it was made from"),
    "input_head": Bilingual(
        nl="| bron | herkomst | opgehaald | gepubliceerd door de bron |",
        en="| source | origin | captured | published by the source |",
    ),
    "unstated": Bilingual(nl="niet gezegd", en="not stated"),
    "origins": Bilingual(
        nl=(
            "`live`: het officiële adres. `drop`: bestanden die iemand ontving en in een map "
            "legde. `sample`: aangehaalde openbare cijfers die met voorkant meereizen. Elk "
            "antwoord staat met zijn sha256 in `manifest.json`."
        ),
        en=(
            "`live`: the official endpoint. `drop`: files that somebody received and laid in a "
            "folder. `sample`: cited public figures that travel with voorkant. Every answer is "
            "in `manifest.json` with its sha256."
        ),
    ),
    "files": Bilingual(nl="Alle bestanden", en="All files"),
    "check": Bilingual(
        nl="Controleer uw kopie met `sha256sum -c SHA256SUMS`.",
        en="Check your copy with `sha256sum -c SHA256SUMS`.",
    ),
    "cite": Bilingual(nl="Citeren", en="Cite"),
    "cite_version": Bilingual(
        nl="Noem altijd de versie. `CITATION.cff` zegt hetzelfde voor programma's.",
        en="Always name the version. `CITATION.cff` says the same to programs.",
    ),
}
