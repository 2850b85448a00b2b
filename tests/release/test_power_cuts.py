"""Releases survive a power cut at any operation, and a disk that fails at any operation.

The by-hand sizes are run with `python -m tests.support.crash.power_cuts --states 500`.
"""

from __future__ import annotations

import errno

import pytest

from expectations.errors import VoorkantError
from pipelines.publish.store.local import LocalStorage
from tests.support.crash.disk import SimulatedDisk
from tests.support.crash.power_cuts import MUTANTS, ROOT, Examiner, cut_everywhere, history
from tests.support.proof import size


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner()


def test_a_power_cut_at_any_operation_leaves_the_old_or_the_new(examiner: Examiner) -> None:
    states = size(25, 100)
    tally = cut_everywhere(examiner, states)
    assert tally.states >= states * examiner.operations
    assert not tally.wrong, tally.examples


def test_so_does_a_power_cut_after_another_process_was_killed(examiner: Examiner) -> None:
    tally = cut_everywhere(examiner, states=5, killed_before=True)
    assert not tally.wrong, tally.examples


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_simulator_catches(examiner: Examiner, mutant: str) -> None:
    assert cut_everywhere(examiner, 10, MUTANTS[mutant], enough=1).wrong


@pytest.mark.parametrize(
    ("failure", "lasting"),
    [(errno.ENOSPC, True), (errno.ENOSPC, False), (errno.EROFS, True), (errno.EIO, False)],
    ids=["disk full", "disk full once", "read-only", "device error once"],
)
def test_a_disk_that_fails_at_any_operation_gives_a_coded_error_or_success(
    examiner: Examiner, failure: int, lasting: bool
) -> None:
    codes = set()
    for operation in range(1, examiner.operations + 1):
        disk, done = SimulatedDisk(), list[str]()
        disk.failure = failure
        disk.fail_at = range(operation, 10**9 if lasting else operation + 1)
        try:
            history(LocalStorage(ROOT, disk), done)
        except VoorkantError as error:
            codes.add(error.code)
        disk.fail_at = range(0)
        assert not examiner.problems(disk, done), f"operation {operation}, after {done}"
    assert codes <= {"VK-P001", "VK-P007"}
    assert codes
