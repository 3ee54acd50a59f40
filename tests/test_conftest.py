"""Runs that share a Valkey leave each other alone."""

import pytest

from tests.conftest import valkey_of


@pytest.mark.parametrize(
    ("url", "worker", "expected"),
    [
        ("unix:///tmp/v.sock", 0, "unix:///tmp/v.sock?db=1"),
        ("unix:///tmp/v.sock?db=0", 1, "unix:///tmp/v.sock?db=2"),
        ("unix:///tmp/v.sock?db=7", 0, "unix:///tmp/v.sock?db=7"),
        ("unix:///tmp/v.sock?db=15", 1, "unix:///tmp/v.sock?db=1"),
        ("redis://localhost:6379", 0, "redis://localhost:6379/1"),
        ("redis://:pw@localhost:6379/", 1, "redis://:pw@localhost:6379/2"),
        ("redis://localhost:6379/4", 2, "redis://localhost:6379/6"),
    ],
)
def test_workers_count_from_the_number_that_the_address_names(url, worker, expected):
    assert valkey_of(url, worker) == expected
