"""What our script for Icinga 2 sends: the same object as the one for Nagios."""

from collections.abc import Mapping
from typing import Any

from itsm.monitoring.formats import nagios
from itsm.monitoring.formats.base import Reading


def read(data: Any, headers: Mapping[str, str], key: str = "") -> Reading:
    """The notification in it. Raises Unreadable."""
    return nagios.read(data, headers, key)
