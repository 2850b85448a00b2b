"""Names of schemes, components, recipients and periods for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from assets.reference.spuk_schemes import schemes
from assets.reference.tables import spuk_components
from pipelines.audit_pack.language import Localizer


def scheme(localizer: Localizer, code: str) -> str:
    """The title of a scheme up to its explanation; the code of one that is not described."""
    found = schemes().get(code)
    return str(getattr(found.title, localizer.language)).partition(":")[0] if found else code


@cache
def _components() -> dict[str, str]:
    named = spuk_components().unique("component", keep="first", maintain_order=True)
    return dict(named.select("component", "component_name_nl").rows())


def component(code: str) -> str | None:
    """The name of a component as the regulation gives it; None for a total."""
    return None if code == "total" else _components().get(code, code)


def recipient(localizer: Localizer, row: dict[str, Any]) -> str:
    """The name of a recipient, with its code where it has one."""
    if row["recipient_kind"] == "nation":
        return localizer.code("recipient", "nation")
    name, code = row["recipient_name"], row["recipient_code"]
    return f"{name} ({code})" if code else str(name)


def period(localizer: Localizer, code: str) -> str:
    """A year or a range of years as it is; the label of any other period, such as `structural`."""
    return localizer.code("period", code)


def subject(localizer: Localizer, row: dict[str, Any]) -> str:
    """Scheme, component where there is one, and period."""
    parts = (
        scheme(localizer, row["scheme"]),
        component(row["component"]),
        period(localizer, row["period"]),
    )
    return ", ".join(part for part in parts if part)
