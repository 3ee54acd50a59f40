"""The keyboard: what a key does, and the key it has unless a person chose another."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

KEYS: dict[str, tuple[Any, str]] = {  # what it does: (words, key)
    "next": (_("Next in the list"), "j"),
    "previous": (_("Previous in the list"), "k"),
    "select": (_("Select"), "x"),
    "select_next": (_("Select and go on"), "J"),
    "select_previous": (_("Select and go back"), "K"),
    "select_page": (_("Select the whole page"), "*"),
    "take": (_("Take"), "t"),
    "assign": (_("Assign"), "a"),
    "reply": (_("Reply"), "r"),
    "note": (_("Internal note"), "n"),
    "wait": (_("Wait"), "w"),
    "resolve": (_("Resolve"), "e"),
    "link": (_("Link"), "l"),
    "why": (_("Why is this here"), "y"),
    "filter": (_("Filter"), "f"),
    "views": (_("Save as a view"), "v"),
    "back": (_("Back to the list"), "u"),
    "new": (_("New ticket"), "c"),
    "search": (_("Search"), "/"),
    "help": (_("Show all keys"), "?"),
}


def in_force(chosen: Mapping[str, str]) -> list[str]:
    """The key of everything that has one: the chosen, else the usual."""
    return [chosen.get(name, usual) for name, (_words, usual) in KEYS.items()]
