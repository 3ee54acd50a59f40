"""How messages leave: each channel opens a session and sends one letter after another.

A session answers by raising what went wrong; nothing raised means that the other side
has taken it.
"""

from typing import Protocol, Self

from notify import failures
from notify.letters import Letter
from notify.models import Message


class Unsent(Exception):
    """It did not leave; `failure` is as `notify.failures` keeps it."""

    def __init__(self, code: str, about: object = "") -> None:
        self.failure = failures.keep(code, about)
        super().__init__(self.failure)


class Later(Unsent):
    """Not now: this message is tried again."""


class Never(Unsent):
    """Refused for good. `is_address`: whatever we send there will be."""

    def __init__(self, code: str, about: object = "", *, is_address: bool) -> None:
        super().__init__(code, about)
        self.is_address = is_address


class Away(Unsent):
    """The way itself fails: it rests, and what was not tried yet waits.

    `is_charged`: it broke over this message, which may be why, so that counts as a try.
    `seconds`: the other side said for how long.
    """

    def __init__(
        self,
        code: str,
        about: object = "",
        *,
        is_charged: bool = True,
        seconds: float | None = None,
    ) -> None:
        super().__init__(code, about)
        self.is_charged, self.seconds = is_charged, seconds


class Session(Protocol):
    """A batch's way out; a context manager whose entry may raise `Away`."""

    def __enter__(self) -> Self:
        """Connect."""

    def __exit__(self, *exc: object) -> None:
        """Hang up."""

    def send(self, message: Message, letter: Letter) -> str:
        """Send one; answers the address it went to. Raises `Unsent`."""
