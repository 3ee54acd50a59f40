"""Reads OUTBOUND_ALLOW: what operators opened of their own network (core/outbound.py).

Apart from the rest because the settings check it at the start.
"""

import functools
import ipaddress
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts and networks inside that operators opened."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()


@functools.lru_cache(maxsize=8)
def parse_allowed(text: str) -> Allowed:
    """Read OUTBOUND_ALLOW: names, addresses and networks, separated by commas.

    Raises ValueError with a sentence.
    """
    names, networks = set(), []
    for entry in filter(None, (part.strip().lower() for part in text.split(","))):
        if is_number(entry.partition("/")[0].rpartition(".")[2]) or ":" in entry:
            networks.append(ipaddress.ip_network(entry))
        elif all(c.isalnum() or c in "-._" for c in entry):
            names.add(entry.rstrip("."))
        else:
            raise ValueError(f"“{entry}” is neither a host's name nor a network.")
    return Allowed(frozenset(names), tuple(networks))


def is_number(label: str) -> bool:
    """Whether the last part of a host makes it a number to some resolvers."""
    return label.isdigit() or label.startswith("0x")
