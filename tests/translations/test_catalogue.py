"""locale/ says everything the sources say, in German, with nothing left out."""

import re
from collections import Counter

import pytest
from babel.messages.pofile import read_po

from config import catalogue
from processes import definition, spoken
from tests.translations.pages import both, messages

PLACE = re.compile(r"%\(\w+\)[0-9.]*[a-z]|\{\w+\}|%%")


def told(*messages) -> str:
    """What to do, under what is wrong."""
    return "\n".join([*map(str, messages), "docs/guide.md tells how to translate."])


def test_every_catalogue_has_the_texts_of_the_sources_and_no_other():
    """Where a text stands may lag: the next make messages tells it."""
    said = {(message.context, message.id) for message in catalogue.gathered()}
    for language in catalogue.languages():
        with (catalogue.LOCALE / language / catalogue.FILE).open("rb") as file:
            kept = {(m.context, m.id) for m in read_po(file, locale=language)}
        wrong = {"missing": said - kept, "gone": kept - said}
        assert not any(wrong.values()), f"locale/{language}: run make messages; {wrong}"


def test_everything_has_its_german():
    missing = [m.id for m in messages() if not catalogue.is_translated(m)]
    assert not missing, told(*missing)


def test_german_has_the_same_places_as_english():
    """In any order; the form for one thing may leave the number out."""
    wrong = []
    for message in messages():
        pairs = both(message)
        for at, (one, said) in enumerate(pairs):
            english, german = (Counter(set(PLACE.findall(t))) for t in (one, said))
            spare = english - german if len(pairs) > 1 and at == 0 else Counter()
            if german + spare != english:
                wrong.append((one, said))
    assert not wrong, told(*wrong)


def test_plurals_have_both_german_forms():
    wrong = [
        message.id
        for message in messages()
        if isinstance(message.id, tuple) and len(message.string or ()) != 2
    ]
    assert not wrong, told(*wrong)


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("German quotes open below: „…“", r"”|‘|(?<!\w)\"\w[^\"]*\"(?!\w)"),
        ("no exclamation marks", r"!(?!\S)"),
        ("no space before a full stop", r" [.,;:](\s|$)"),
        ("Sie, not du", r"\b(du|dein|deine|deinem|deinen|deiner|dich|dir)\b"),
    ],
)
def test_german_keeps_to_its_rules(rule: str, pattern: str):
    wrong = [
        said
        for message in messages()
        for one, said in both(message)
        if re.search(pattern, said) and not re.search(r"[{\"]\w+\": ", one)
    ]
    assert not wrong, told(rule, *wrong)


def test_space_around_a_text_is_kept():
    wrong = [
        said
        for message in messages()
        for one, said in both(message)
        if one[:1].isspace() != said[:1].isspace()
        or one[-1:].isspace() != said[-1:].isspace()
    ]
    assert not wrong, told(*wrong)


def test_whatever_a_definition_can_name_has_its_words():
    """The vocabulary of process definitions is code, its words are in processes/."""
    can_name = {
        *(definition.REQUIRABLE | definition.FACTS | definition.ACTORS),
        *(definition.APPROVERS | set(definition.CATEGORIES) | set(definition.LEVELS)),
        *(set(definition.SUPPORT) | set(definition.TECHNIQUES)),
        *definition.PROMISES,
    }
    words = {slug.replace("_", " ") for slug in can_name}
    assert not words - set(spoken.NAMED)
