"""Where the recorded payloads are: `../shared/data`, or the folder that VOORKANT_SHARED names.

They are no part of the repository. A test that needs them is skipped, with the reason, where they
are absent.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from expectations.paths import ROOT

MATERIAL = Path(os.environ.get("VOORKANT_SHARED") or ROOT.parent / "shared") / "data"

needs_material = pytest.mark.skipif(
    not MATERIAL.is_dir(),
    reason=f"recorded payloads are absent: no folder {MATERIAL} (set VOORKANT_SHARED)",
)
