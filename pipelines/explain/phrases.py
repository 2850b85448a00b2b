"""The fixed words of an explanation, in English and Dutch."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Phrases:
    """Words in one language; names in braces are filled in."""

    table: str
    missing: str
    rules: str
    severities: dict[str, str]
    here: str
    elsewhere: str
    numbers: dict[str, str]
    made: str
    one_row: str
    many_rows: str
    parts: str
    more: str
    further: str
    above: str
    nothing_below: str
    corrected: str
    object: str
    captured: str
    later: str
    inputs: str
    not_staged: str
    marks: dict[int, int] = field(default_factory=dict)

    def rows(self, count: int) -> str:
        """So many rows."""
        return self.one_row if count == 1 else self.many_rows.format(count=self.number(count))

    def number(self, value: Decimal | int) -> str:
        """A number with the marks of the language, all its digits and no more."""
        told = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
        return told.translate(self.marks)


PHRASES = {
    "en": Phrases(
        table="table",
        missing="(missing)",
        rules="Rules on this table in the release: {passed} of {rules} pass",
        severities={"critical": "critical", "warning": "warning", "info": "note"},
        here="FAILS FOR THIS ROW.",
        elsewhere="fails for {failed} of {judged}, not for this row.",
        numbers={"observed": "observed", "expected": "expected", "deviation": "deviation"},
        made="How it was made",
        one_row="1 row",
        many_rows="{count} rows",
        parts="{column} is the sum of {expression} over {count}: {total}",
        more="and {more} more; --all tells them and follows each to its source",
        further="--all tells them and follows each to its source",
        above="(its steps are told above)",
        nothing_below="- nothing is recorded that it was made of",
        corrected="corrected by {id}: “{before}” became “{after}”. {reason} ({evidence})",
        object="object",
        captured="captured {at} (origin {origin})",
        later="a later capture than the release names; it gave the same rows, so no new release was made",
        inputs="Inputs of the release",
        not_staged="The steps between are not told: there are no staged tables here. `voorkant refresh` "
        "makes them, or give --state of the run that made the release.",
    ),
    "nl": Phrases(
        table="tabel",
        missing="(ontbreekt)",
        rules="Regels voor deze tabel in de uitgave: {passed} van {rules} kloppen",
        severities={"critical": "kritiek", "warning": "waarschuwing", "info": "opmerking"},
        here="KLOPT NIET VOOR DEZE RIJ.",
        elsewhere="klopt niet voor {failed} van {judged}, niet voor deze rij.",
        numbers={"observed": "gezien", "expected": "verwacht", "deviation": "afwijking"},
        made="Hoe het tot stand kwam",
        one_row="1 rij",
        many_rows="{count} rijen",
        parts="{column} is de som van {expression} over {count}: {total}",
        more="en nog {more}; --all noemt ze en volgt elk tot de bron",
        further="--all noemt ze en volgt elk tot de bron",
        above="(de stappen staan hierboven)",
        nothing_below="- er is niets vastgelegd waar dit van is gemaakt",
        corrected="gecorrigeerd door {id}: “{before}” werd “{after}”. {reason} ({evidence})",
        object="object",
        captured="vastgelegd {at} (herkomst {origin})",
        later="een latere vastlegging dan de uitgave noemt; ze gaf dezelfde rijen, dus geen nieuwe uitgave",
        inputs="Invoer van de uitgave",
        not_staged="De stappen daartussen ontbreken: er zijn hier geen tussentabellen. `voorkant refresh` "
        "maakt ze, of geef --state van de run die de uitgave maakte.",
        marks=str.maketrans(",.", ".,"),
    ),
}
