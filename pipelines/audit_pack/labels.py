"""What schemes, components, recipients and areas are called in a document."""

from __future__ import annotations

from functools import cache
from typing import Any

from assets.reference.spuk_schemes import schemes
from assets.reference.tables import spuk_components
from pipelines.audit_pack.language import Speech


def scheme(speech: Speech, code: str) -> str:
    """The title of a scheme up to its explanation; the code of one that is not described."""
    found = schemes().get(code)
    return str(getattr(found.title, speech.language)).partition(":")[0] if found else code


@cache
def _components() -> dict[str, str]:
    named = spuk_components().unique("component", keep="first", maintain_order=True)
    return dict(named.select("component", "component_name_nl").rows())


def component(code: str) -> str | None:
    """The name of a component as the regulation gives it; None for a total."""
    return None if code == "total" else _components().get(code, code)


def recipient(speech: Speech, row: dict[str, Any]) -> str:
    """The name of a recipient, with its code where it has one."""
    if row["recipient_kind"] == "nation":
        return speech.code("recipient", "nation")
    name, code = row["recipient_name"], row["recipient_code"]
    return f"{name} ({code})" if code else str(name)


def period(speech: Speech, code: str) -> str:
    """A year or years as they are; the words of what is no year, such as `structural`."""
    return speech.code("period", code)


def subject(speech: Speech, row: dict[str, Any]) -> str:
    """Scheme, component where there is one, and period."""
    parts = (
        scheme(speech, row["scheme"]),
        component(row["component"]),
        period(speech, row["period"]),
    )
    return ", ".join(part for part in parts if part)
