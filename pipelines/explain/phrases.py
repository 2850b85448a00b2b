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
        text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
        return text.translate(self.marks)


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
        more="and {more} more; --all lists them and traces each to its source",
        further="--all lists them and traces each to its source",
        above="(its steps are shown above)",
        nothing_below="- its inputs are not recorded",
        corrected="corrected by {id}: “{before}” became “{after}”. {reason} ({evidence})",
        object="object",
        captured="captured {at} (origin {origin})",
        later="captured later than the release; the rows are the same, so no new release was made",
        inputs="Inputs of the release",
        not_staged="The steps in between are not shown: there are no staged tables here. `voorkant refresh` "
        "makes them, or use --state with the folder of the run that made the release.",
    ),
    "nl": Phrases(
        table="tabel",
        missing="(ontbreekt)",
        rules="Regels voor deze tabel in de uitgave: {passed} van {rules} kloppen",
        severities={"critical": "kritiek", "warning": "waarschuwing", "info": "opmerking"},
        here="KLOPT NIET VOOR DEZE RIJ.",
        elsewhere="klopt niet voor {failed} van {judged}, niet voor deze rij.",
        numbers={"observed": "waargenomen", "expected": "verwacht", "deviation": "afwijking"},
        made="Hoe het tot stand kwam",
        one_row="1 rij",
        many_rows="{count} rijen",
        parts="{column} is de som van {expression} over {count}: {total}",
        more="en nog {more}; --all toont ze en volgt elke rij tot de bron",
        further="--all toont ze en volgt elke rij tot de bron",
        above="(de stappen staan hierboven)",
        nothing_below="- waar dit van is gemaakt, is niet vastgelegd",
        corrected="gecorrigeerd door {id}: “{before}” werd “{after}”. {reason} ({evidence})",
        object="object",
        captured="opgehaald {at} (herkomst {origin})",
        later="later opgehaald dan de uitgave; de rijen zijn gelijk, dus er kwam geen nieuwe uitgave",
        inputs="Invoer van de uitgave",
        not_staged="De stappen daartussen ontbreken: er zijn hier geen tussentabellen. `voorkant refresh` "
        "maakt ze, of geef met --state de map van de run die de uitgave maakte.",
        marks=str.maketrans(",.", ".,"),
    ),
}
