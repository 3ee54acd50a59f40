"""The words of a rule: shipped ones, or what this organisation wrote, and their fields.

A text holds `{fields}`. A line of a body in which a field has nothing to say is left
out, so that nobody reads "You hear from us by .".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core import reader
from notify import rulebook
from notify.models import Wording
from notify.rulebook import Rule

FIELD = re.compile(r"\{([^{}\n]{0,40})\}")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Text:
    """Subject and body with their fields open. `is_own`: not the shipped ones."""

    title: str
    body: str
    is_own: bool = False


def shipped(rule: Rule, language: str) -> Text:
    """The words that come with the product."""
    with reader.speaking(language):
        return Text(str(rule.subject), str(rule.body))


def of(rules: Iterable[Rule], languages: Iterable[str]) -> dict[tuple[str, str], Text]:
    """The words of these rules in these languages, by both; one query."""
    rules, languages = list(rules), set(languages)
    found = {(r.name, one): shipped(r, one) for r in rules for one in languages}
    rows = Wording.objects.filter(
        rule__in=[rule.name for rule in rules], language__in=languages
    )
    for row in rows:
        found[row.rule, row.language] = Text(row.title, row.body, is_own=True)
    return found


def fill_line(text: str, fields: Mapping[str, str]) -> str:
    """A title with its fields filled, as one line."""
    filled = FIELD.sub(lambda m: fields.get(m[1].strip(), ""), text)
    return " ".join(filled.split())


def fill(text: str, fields: Mapping[str, str]) -> str:
    """A body with its fields filled, without lines that have nothing to say."""
    lines = []
    for line in text.splitlines():
        names = [name.strip() for name in FIELD.findall(line)]
        if all(fields.get(name, "").strip() for name in names):
            lines.append(FIELD.sub(lambda m: fields[m[1].strip()], line))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def fields_of(rule: Rule) -> Mapping[str, str]:
    """The fields that may stand in a rule's text, and what each means."""
    teller = rulebook.teller_of(rule.subject_type)
    return {n: str(words) for n, words in teller.fields.items()} if teller else {}


def unknown(text: str, rule: Rule) -> list[str]:
    """The names in braces that mean nothing."""
    named = {name.strip() for name in FIELD.findall(text)}
    return sorted(named - fields_of(rule).keys())
