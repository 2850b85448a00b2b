"""The one exception of the project: a stable code, and four sentences a person can act on.

What belongs here: the exception and the list of codes. Each code has a page `docs/errors/<CODE>.md`
(a test compares the two). What does not: reasons why a single *row* is set aside; those are rules.
"""

from __future__ import annotations

from dataclasses import dataclass

CODES: dict[str, str] = {
    "VK-C001": "A contract does not have the agreed form",
    "VK-C002": "A source description does not have the agreed form",
    "VK-C003": "There is no such dataset or table",
    "VK-C004": "The sample misses a table, or its description does not have the agreed form",
    "VK-C005": "A correction does not have the agreed form",
    "VK-C006": "The declaration of the publication does not have the agreed form",
    "VK-C007": "A claim does not have the agreed form",
    "VK-C008": "The lineage of a table does not have the agreed form",
    "VK-C009": "A scheme does not have the agreed form",
    "VK-C010": "A table of a contract is not made by exactly one function",
    "VK-S001": "The source has no answer to a request",
    "VK-S002": "A request would leave the hosts of its source",
    "VK-S003": "The source could not be reached",
    "VK-S004": "The answer is not in the source's own format",
    "VK-S005": "The source does not hold the number of rows that it states",
    "VK-S006": "A column the reader needs is not in the source",
    "VK-S007": "The source answered with no rows at all",
    "VK-S008": "The table changed while it was read",
    "VK-S009": "The source differs from its previous capture in a way a person must judge",
    "VK-S010": "The source serves more than it may",
    "VK-S011": "No table of the source has a known id",
    "VK-A001": "The archive holds no capture of this source",
    "VK-A002": "An archived object is not the one that was stored",
    "VK-A003": "An archived object has no such place",
    "VK-F001": "A file cannot be read",
    "VK-F002": "A workbook is encrypted or holds macros",
    "VK-F003": "A file is larger than it may be",
    "VK-F004": "A file has no known layout",
    "VK-F005": "A path leads outside the folder it belongs to",
    "VK-F006": "Cells of a file were lost or counted twice",
    "VK-R001": "The source no longer has the value that a correction corrects",
    "VK-R002": "The cell of a correction is not in the source once",
    "VK-D001": "A critical rule failed, so the dataset was not published",
    "VK-D002": "Rows were lost or doubled between reading and splitting",
    "VK-D003": "Two engines count different rows for the same rule",
    "VK-D004": "A table does not have the columns its contract promises",
    "VK-D005": "The query of a claim does not give one number",
    "VK-G001": "A rule of Great Expectations has no form in Polars",
    "VK-G002": "A regular expression is of a kind that cannot be evaluated",
    "VK-G003": "A row condition cannot be read exactly",
    "VK-P001": "The storage of publications does not carry out a request",
    "VK-P002": "A published file was changed after publication",
    "VK-P003": "The checks do not belong to the rows that would be published",
    "VK-P004": "The log of releases is damaged",
    "VK-P005": "The storage cannot keep releases safely",
    "VK-P006": "The content was withdrawn before",
    "VK-P007": "It is not known yet whether the release took place",
    "VK-P010": "Two rows that would be published have one key",
    "VK-P011": "There is no release that can be read",
    "VK-P012": "A key for signing or checking cannot be used",
    "VK-P013": "The staged tables are not those the release was made of",
    "VK-X001": "Something failed that should not be able to fail",
    "VK-U001": "The command cannot be carried out as it was given",
    "VK-U002": "The command needs something that is not installed",
}


@dataclass(eq=False)
class VoorkantError(Exception):
    """A problem that a person can act on.

    code: key of CODES. problem: what is wrong. where: file, row, cell or address.
    outcome: what happened to the data. remedy: what to do now.
    """

    code: str
    problem: str
    where: str
    outcome: str
    remedy: str

    def __post_init__(self) -> None:
        super().__init__(self.code)

    def __str__(self) -> str:
        return (
            f"{self.code}  {self.problem}\n"
            f"  where    {self.where}\n"
            f"  data     {self.outcome}\n"
            f"  to do    {self.remedy}\n"
            f"  more     docs/errors/{self.code}.md"
        )

    def as_dict(self) -> dict[str, str]:
        """The same five facts for `--json` and for Dagster metadata."""
        return {
            "code": self.code,
            "problem": self.problem,
            "where": self.where,
            "outcome": self.outcome,
            "remedy": self.remedy,
        }


def usage(problem: str, remedy: str) -> VoorkantError:
    """A command that cannot be carried out as it was given (VK-U001)."""
    return VoorkantError("VK-U001", problem, "the command line", "Nothing was done.", remedy)
