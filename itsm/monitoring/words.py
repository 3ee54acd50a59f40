"""Why an alert became what it became: each code as a sentence, with its facts."""

from collections.abc import Mapping
from typing import Any


def sentence(why: Mapping[str, Any]) -> str:
    """The sentence of a decision."""
    return str(why.get("code", ""))
