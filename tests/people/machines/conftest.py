"""Asking over REST, as in tests/api."""

from tests.api.conftest import api

__all__ = ["api"]
