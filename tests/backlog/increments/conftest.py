"""The same process and the same way to write a story as in the tests of stories."""

from tests.backlog.stories.conftest import process, write

__all__ = ["process", "write"]
