"""A proof is run in full when what it proves was touched, and whenever that is unknown."""

from __future__ import annotations

import pytest

from expectations.paths import ROOT
from tests.support import proof


def test_every_proof_and_its_subjects_exist() -> None:
    for path, subjects in proof.PROOFS.items():
        assert "size(" in (ROOT / path).read_text("utf-8") or "standards.py" in str(subjects)
        assert [each for each in (path, *subjects) if not (ROOT / each).exists()] == []
    assert [each for each in proof.SHARED if not (ROOT / each).exists()] == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (None, set(proof.PROOFS)),
        ({"requirements.lock"}, set(proof.PROOFS)),
        ({"docs/proof.md"}, set()),
        ({"tests/support/s3.py"}, {"tests/release/test_store.py"}),
        ({"datasets/x/contract.yaml"}, {"tests/release/test_descriptions.py"}),
    ],
)
def test_touched_proofs(changed: set[str] | None, expected: set[str]) -> None:
    assert set(proof.touched(changed)) == expected


def test_unknown_history_means_all_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_git", lambda *_: None)
    assert proof.changes() is None
