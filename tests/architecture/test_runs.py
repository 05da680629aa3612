"""Two runs of the tests on one machine do not meet, as they once did: one took the other's database away."""

from __future__ import annotations

import pytest


def test_a_run_works_in_no_folder_that_other_runs_open(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert not [str(each) for each in folder.parents if each.name.startswith("pytest-of-")]
