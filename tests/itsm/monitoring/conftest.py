"""Doors remember keys and counts for a moment: every test begins with none."""

import pytest

from itsm.monitoring.intake import keyring, noting, quota, storing


@pytest.fixture(autouse=True)
def forgetful_doors(monkeypatch) -> None:
    keyring.forget()
    quota.forget()
    noting.forget()
    monkeypatch.setattr(storing, "_poked_until", 0.0)
