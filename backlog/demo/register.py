"""The demo's entry: whoever loads the demo fills the backlogs too."""

from typing import Any

from core import slots


def register() -> None:
    """Follow the demo of the tickets."""
    slots.fill("demo.after", "backlog", _fill)


def _fill(**told: Any) -> None:
    from backlog.demo import build  # only a demo needs its texts

    build.fill(**told)
