"""The schemes: one file `assets/sources/spuk/schemes/<id>.yaml` per specific grant, strictly read.

What belongs here: the model of that file and its loader. "Tranche" is three things and they are kept apart:
an application window, a funding round, a payment instalment. Every fact says where it was read and how
sure it is; what is not known is absent, never filled in. What does not: amounts per recipient (the ledger).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from expectations import yaml_models
from expectations.contract import Bilingual
from expectations.paths import ROOT
from expectations.yaml_files import DeclarationKind
from expectations.yaml_models import Found, Strict

FOLDER = ROOT / "assets" / "sources" / "spuk" / "schemes"
KIND = DeclarationKind(
    "VK-C009",
    "The scheme",
    "Nothing was built.",
    "Correct the named keys; assets/reference/spuk_schemes.py explains each.",
)

Confidence = Literal["seen", "derived", "secondary"]
Recipients = Literal["municipality", "region", "joint_authority"]


class Fact(Strict):
    """Something a scheme provides: where it was read, and how sure that is."""

    source: str
    confidence: Confidence
    note: Bilingual | None = None


class Window(Fact):
    """An application window. years: the grant years that can be applied for in it.

    from_/to: ISO, as precise as known. eligible, applied: how many recipients could and did, where published;
    counted: where those counts were read, when elsewhere than the window itself.
    decision_weeks: within how many weeks after the last day the state decides.
    """

    id: str
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    years: tuple[int, ...] = ()
    decision_weeks: int | None = None
    eligible: int | None = None
    applied: int | None = None
    counted: Fact | None = None

    @property
    def decision_due(self) -> date | None:
        """The last day of the decision on an application of the last day; None where not known."""
        if self.to is None or self.decision_weeks is None:
            return None
        return date.fromisoformat(self.to) + timedelta(weeks=self.decision_weeks)


class Unasked(Fact):
    """Money that is granted without an application. decision_due: the last day of that decision."""

    years: tuple[int, ...]
    decision_due: date | None = None


class Round(Fact):
    """A funding round: money that is given out apart from other rounds of the scheme.

    published: when it was announced; from_/to: when it could be applied for; all ISO, as precise as known.
    amended_by: publications that changed it. recipients: how many it was for or went to, as the note says.
    applications: how many came in.
    """

    id: str
    published: str | None = None
    amended_by: tuple[str, ...] = ()
    from_: str | None = Field(default=None, alias="from")
    to: str | None = None
    amount_eur: str | None = None
    recipients: int | None = None
    applications: int | None = None


class Instalments(Fact):
    """In what parts a grant is paid."""

    per: Literal["year"]


class CarryOver(Fact):
    """How much of a year may go to the next.

    max_pct: of what was granted; 0 where nothing provides for it.
    """

    from_year: int
    to_year: int
    max_pct: str
    within: Literal["component", "scheme"]


class Shift(Fact):
    """How much may move between components of one year. max_pct: of a component; absent: without limit."""

    years: tuple[int, ...]
    max_pct: str | None = None


class Accountability(Fact):
    """What is accounted for. lines: one line per component, round or grant decision, or one for the whole.

    due_day: month and day in the year so many years_after; members: who accounts through another authority.
    """

    years: tuple[int, ...] = ()
    lines: Literal["component", "round", "grant", "total"]
    due_day: str = "07-15"
    years_after: int = 1
    members_years_after: int | None = None

    def due(self, year: int) -> date:
        """The last day of the account of a year."""
        return date.fromisoformat(f"{year + self.years_after}-{self.due_day}")

    def members_due(self, year: int) -> date | None:
        """The last day for who accounts through another authority; None where nothing provides for it."""
        if self.members_years_after is None:
            return None
        return date.fromisoformat(f"{year + self.members_years_after}-{self.due_day}")


class Settlement(Fact):
    """When the state decides what was due: once at the end, each year, or so long after the account."""

    kind: Literal["once", "yearly", "after_account", "unknown"]
    due: date | None = None
    weeks: int | None = None

    def due_after(self, accounted: date) -> date | None:
        """The last day of the decision on an account that came on its own last day."""
        if self.kind not in ("yearly", "after_account") or self.weeks is None:
            return self.due
        return accounted + timedelta(weeks=self.weeks)


class Expiry(Fact):
    """The day on which the regulation ends; grants already made go on under it."""

    ends: date


class Floor(Fact):
    """A minimum amount per year before LPO, for these municipalities (names as in the regulation).

    spread: the components hold it and are that amount together; otherwise only the total does.
    """

    amount_eur: str
    municipalities: tuple[str, ...]
    years: tuple[int, ...] = ()
    spread: bool = False


class SisaCode(Strict):
    """A code in SiSa annexes.

    status `seen`: in an annex or an official page; `unknown`: not found anywhere.
    """

    code: str | None = None
    role: Literal["recipient", "member"] = "recipient"
    status: Literal["seen", "unknown"]
    source: str


class SisaIndicator(Strict):
    """A question of the SiSa annex, in the order of the source.

    from_year: the first SiSa year that asks it.
    """

    asks: str
    control: Literal["R", "D1", "D2", "nvt"]
    from_year: int | None = None
    source: str
    note: Bilingual | None = None


class Scheme(Strict):
    """A specific grant and what it provides.

    titles: as annexes and lists print the scheme, compared without case and blanks; a SiSa line whose code is
    not known is matched by them. sources: ids in the registry. Absent parts are not known or do not exist.
    """

    id: str
    title: Bilingual
    ministry: str
    executor: str | None = None
    regulation_id: str | None = None
    legal_basis: Fact
    status: Literal["in_force", "ended", "announced", "unknown"]
    sources: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    period: str | None = None
    recipients: Recipients
    titles: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    rounds: tuple[Round, ...] = ()
    instalments: Instalments | None = None
    advance: Fact | None = None
    advance_pct: str | None = None
    carry_over: tuple[CarryOver, ...] = ()
    shifts: tuple[Shift, ...] = ()
    accountability: tuple[Accountability, ...] = ()
    settlement: Settlement | None = None
    recovery: Fact | None = None
    expiry: Expiry | None = None
    floors: tuple[Floor, ...] = ()
    lpo: Fact | None = None
    mandate_holder: Fact | None = None
    sisa: tuple[SisaCode, ...] = ()
    sisa_indicators: tuple[SisaIndicator, ...] = ()

    @property
    def full_period(self) -> str:
        """Its grant years as `2023-2026`; `unknown` where they are not known."""
        return self.period or span(self.years) or "unknown"


def span(years: tuple[int, ...]) -> str | None:
    """Grant years as the ledger writes a period: `2023`, `2023-2026`; None for no years."""
    if not years:
        return None
    return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"


@cache
def schemes(folder: Path = FOLDER) -> dict[str, Scheme]:
    """All schemes by id, in the order of their files. Raises VK-C009 with the problems of all."""
    paths = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return yaml_models.load_all(KIND, paths, load_scheme)


def load_scheme(path: Path) -> Scheme:
    """Read one scheme. Raises VK-C009 with every problem and its line."""

    def judge(scheme: Scheme) -> Iterator[Found]:
        if scheme.id != path.stem:
            yield ("id",), f"{scheme.id!r} differs from the name of the file"

    return yaml_models.load(KIND, Scheme, path, judge)
