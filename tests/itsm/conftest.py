"""Files that tests attach go to a folder of their own; who sits at the desk."""

from pathlib import Path

import pytest
from django.test import Client

from people.models import User


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client
