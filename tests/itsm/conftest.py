"""Who sits at the desk."""

import pytest
from django.test import Client

from people.models import User


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client
