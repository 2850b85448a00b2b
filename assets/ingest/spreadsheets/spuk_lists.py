"""Lists of grants and of payments: the forms that this project gives to teams, in two languages.

What belongs here: the columns of both forms, what each means, and the layouts that follow from them; the
templates in docs/templates are made of the same columns. What does not: what a word means in the ledger
(`core/spuk_received`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assets.ingest.spreadsheets.header_tables import Field, Layout, bare
from expectations.contract import Bilingual

Filled = Literal["always", "sometimes"]


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column of a form. name: of the raw column; of an amount its basis. title: its header, as given.

    required: whether a list must have the column. filled: whether a row must fill it. words: the list of
    allowed words (`spuk_words.csv`), or `scheme`, `component`. example: made up, and looking like it.
    """

    name: str
    title: Bilingual
    explanation: Bilingual
    example: str = ""
    required: bool = False
    filled: Filled = "sometimes"
    words: str | None = None
    amount: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """Its headers as they are compared."""
        return tuple(dict.fromkeys((bare(self.title.nl), bare(self.title.en))))


def _text(nl: str, en: str) -> Bilingual:
    return Bilingual(nl=nl, en=en)


_WHAT = (
    FormColumn(
        "scheme",
        _text("Regeling", "Scheme"),
        _text("Naam van de regeling of haar code.", "Name of the scheme or its code."),
        example="brede_spuk",
        required=True,
        filled="always",
        words="scheme",
    ),
    FormColumn(
        "component",
        _text("Onderdeel", "Component"),
        _text("Leeg: de regeling als geheel.", "Empty: the scheme as a whole."),
        example="Valpreventie",
        words="component",
    ),
    FormColumn(
        "window",
        _text("Aanvraagtijdvak", "Application window"),
        _text(
            "Leeg waar het niets betekent. Geen ronde en geen termijn.",
            "Empty where it means nothing. Neither a round nor an instalment.",
        ),
        example="1",
    ),
    FormColumn(
        "round",
        _text("Ronde", "Funding round"),
        _text(
            "Ronde van een regeling die in rondes wordt verdeeld; anders leeg.",
            "Round of a scheme that is given out in rounds; else empty.",
        ),
    ),
)
_INSTALMENT = FormColumn(
    "instalment",
    _text("Betaaltermijn", "Instalment"),
    _text("De hoeveelste betaling, of haar naam.", "Which payment it is, or its name."),
    example="1",
)
_WHO = (
    FormColumn(
        "recipient_kind",
        _text("Soort ontvanger", "Recipient kind"),
        _text("Leeg: gemeente.", "Empty: municipality."),
        example="gemeente",
        words="recipient_kind",
    ),
    FormColumn(
        "recipient_code",
        _text("Ontvangercode", "Recipient code"),
        _text(
            "CBS-code, met of zonder GM en nullen. Een regio of gemeenschappelijke regeling heeft er geen.",
            "CBS code, with or without GM and zeros. A region or joint authority has none.",
        ),
        example="GM0014",
    ),
    FormColumn(
        "recipient_name",
        _text("Ontvanger", "Recipient"),
        _text(
            "Naam zoals CBS hem in het uitkeringsjaar schrijft. Van een gemeente volstaat code of naam.",
            "Name as CBS writes it in the grant year. Of a municipality code or name is enough.",
        ),
        example="Groningen",
    ),
    FormColumn(
        "period",
        _text("Uitkeringsjaar", "Grant year"),
        _text("Jaar, of jaren samen als 2024-2028.", "Year, or years together as 2024-2028."),
        example="2024",
        required=True,
        filled="always",
    ),
)
_WHEN = (
    FormColumn(
        "event_date",
        _text("Datum", "Date"),
        _text(
            "Dag van het feit, 2024-03-01 of 1-3-2024; jaar of maand als de dag niet bekend is.",
            "Day of the fact, 2024-03-01 or 1-3-2024; year or month where the day is not known.",
        ),
        example="2024-03-01",
    ),
    FormColumn(
        "grant_number",
        _text("Beschikkingsnummer", "Decision number"),
        _text("Precies zoals het op het besluit staat.", "Exactly as it stands on the decision."),
        example="VOORBEELD-1",
    ),
)


def _amount(
    basis: str, title: Bilingual, explanation: Bilingual, example: str, required: bool
) -> FormColumn:
    return FormColumn(basis, title, explanation, example, required=required, amount=True)


GRANTS: tuple[FormColumn, ...] = (
    *_WHAT,
    *_WHO,
    FormColumn(
        "state_printed",
        _text("Staat", "State"),
        _text(
            "Wat er gebeurde. Een wijziging is een eigen regel.",
            "What happened. A change is a row of its own.",
        ),
        example="verleend",
        required=True,
        filled="always",
        words="state",
    ),
    FormColumn(
        "basis_printed",
        _text("Basis", "Basis"),
        _text(
            "Of loon- en prijsontwikkeling (LPO) erin zit, of dat het BTW via het BCF is. Leeg: als vermeld.",
            "Whether it holds wage and price development (LPO), or is VAT through the BCF. Empty: as stated.",
        ),
        example="excl. LPO",
        words="basis",
    ),
    _amount(
        "as_stated",
        _text("Bedrag", "Amount"),
        _text(
            "Euro's. Leeg waar de regel geen bedrag noemt; leeg is niet nul.",
            "Euros. Empty where the row names none; empty is not zero.",
        ),
        "€ 12.345,67",
        required=True,
    ),
    FormColumn(
        "answer",
        _text("Antwoord", "Answer"),
        _text("Ja of Nee, alleen bij `plausibel`.", "Ja or Nee, with `plausible` only."),
    ),
    *_WHEN,
)
PAYMENTS: tuple[FormColumn, ...] = (
    *_WHAT,
    _INSTALMENT,
    *_WHO,
    _amount(
        "as_stated",
        _text("Bedrag", "Amount"),
        _text("Euro's, betaald aan de ontvanger.", "Euros, paid to the recipient."),
        "€ 10.000,00",
        required=True,
    ),
    _amount(
        "bcf",
        _text("BCF-deel", "BCF part"),
        _text(
            "Euro's, gestort in het BTW-compensatiefonds; niet in het bedrag begrepen.",
            "Euros, paid into the VAT compensation fund; not part of the amount.",
        ),
        "€ 2.345,67",
        required=False,
    ),
    *_WHEN,
)
FORMS: dict[str, tuple[FormColumn, ...]] = {"spuk_grants": GRANTS, "spuk_payments": PAYMENTS}


def _layout(id_: str, columns: tuple[FormColumn, ...], of_others: tuple[FormColumn, ...]) -> Layout:
    """of_others: columns of another form. A list with one that it must have is a list of that form."""
    foreign = {h for each in of_others if each.required for h in each.headers}
    foreign -= {h for each in columns for h in each.headers}
    bases = {
        header: {"basis_given": column.name}
        for column in columns
        if column.amount
        for header in column.headers
    }

    def measure(header: str) -> Mapping[str, str] | None:
        return bases.get(bare(header))

    return Layout(
        id=id_,
        fields=tuple(
            Field(each.name, each.headers, required=each.required, filled=each.filled == "always")
            for each in columns
            if not each.amount
        ),
        measure=measure,
        measures=("basis_given",),
        only=lambda headers: headers.isdisjoint(foreign),
        unit="EUR",
        listing=True,
    )


LAYOUTS: dict[str, Layout] = {
    "spuk_grants": _layout("spuk/grants", GRANTS, PAYMENTS),
    "spuk_payments": _layout("spuk/payments", PAYMENTS, GRANTS),
}
