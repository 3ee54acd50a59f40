"""Whatever the product says goes through gettext, and not before somebody reads it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.catalogue import KEYWORDS, ROOMS, ROOT
from tests.translations import scan

# Programs read these, or those who run the server; they speak English.
ENGLISH = (
    *("management/", "migrations/", "tickets/exchange/", "itsm/demo/", "synthetic"),
    "backlog/demo/",
    *("config/", "invariants.py", "log_checks.py", "core/health.py", "gauges.py"),
    *("core/holds.py", "core/sealing.py", "notify/measures.py"),
    *("monitoring/formats/", "monitoring/intake/answers.py", "table/answers.py"),
    *("table/choices.py", "table/described.py", "table/journals.py"),
    "table/tables.py",
)
# What looks like prose and is none, or is the same in every language.
SAME = {
    *(
        "Beeline",
        "Ctrl K",
        "2026-11-22, today, -3d",
        "Enter",
        "Esc",
        "Ctrl",
        "English",
        "Deutsch",
        "OK",
        "Alt",
        "INC-1042",
    ),
    *("Mac OS X", "The count of", "The count of view"),  # a system, the doctor
    *(
        "Group | None",
        "Decision | None",
        "F Y",
        "Prometheus Alertmanager",
        "Network on call",
        "Deploy bot",
    ),
    "Beeline <notifications.",  # the List-Id of its mails
    *("Location", "Allow", "Bearer", "Cache-Control", "Retry-After", "Vary"),
}
API = re.compile(r"(^|/|_)api(_\w+)?(/|\.py$)")
NAMES = re.compile(r"^[A-Z][A-Za-z]*$|^[a-z-]+$")  # one word: a class, a header, a type


def python_files() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            if not any(part in name for part in ENGLISH):
                yield name, file.read_text(encoding="utf-8")


def files(folder: str, ending: str) -> list[Path]:
    return sorted((ROOT / folder).rglob(f"*.{ending}"))


def test_templates_say_nothing_past_gettext():
    wrong = [
        (file.relative_to(ROOT).as_posix(), text)
        for ending in ("html", "txt")
        for file in files("templates", ending)
        if file.name != "gallery.html"
        for text in scan.said_in_template(file.read_text(encoding="utf-8"))
        if text.strip(f" ·,{scan.HOLE}") not in SAME and not is_markup(text)
    ]
    assert not wrong


def is_markup(text: str) -> bool:
    """A piece of an attribute that a macro writes, a slug, a key."""
    return bool(re.search(r"[=\"]|^[a-z_-]+/?$|^[A-Z]$", text))


def test_python_says_nothing_past_gettext():
    """Of the API only what refuses: its documentation is English."""
    wrong = [
        f"{name}:{line} {text!r}"
        for name, source in python_files()
        for line, text in scan.said_in_python(source, API.search(name) is not None)
        if text.strip() not in SAME and not NAMES.match(text) and " " in text.strip()
    ]
    assert not wrong, "\n".join(wrong)


def test_scripts_say_only_what_the_page_gave_them():
    wrong = [
        (file.name, text)
        for file in files("static/js", "js")
        for text in scan.said_in_script(file.read_text(encoding="utf-8"))
        if text not in SAME
    ]
    assert not wrong


def test_nothing_is_translated_while_a_module_is_read():
    """There nobody has a language yet: gettext_lazy waits until somebody reads it."""
    wrong = [
        f"{name}:{line}"
        for name, source in python_files()
        for line in scan.early(source)
    ]
    assert not wrong


def test_another_language_is_spoken_through_the_reader_alone():
    """Django's own override is heard by half of what words a page (core/reader.py)."""
    pattern = re.compile(
        r"\b(translation\.)?(override|activate)\(\w*lang|translation\.(override|activate)\("
    )
    wrong = [
        name
        for name, source in python_files()
        if name != "core/reader.py" and pattern.search(source)
    ]
    assert not wrong


def test_every_name_for_gettext_is_one_that_is_looked_for():
    """`gettext_lazy as T` is gathered because config/catalogue.py knows T."""
    alias = re.compile(r"\b[np]?p?n?gettext(?:_lazy|_noop)? as (\w+)")
    used = {name for _file, source in python_files() for name in alias.findall(source)}
    assert used <= KEYWORDS.keys()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Not yours</p>", ["Not yours"]),
        ("<p>{{ _('Not yours') }}</p>", []),
        ('<a title="Open it">x1</a>', ["Open it"]),
        ("<p>{{ n }} tickets</p>", ["tickets"]),
        ("{{ ui.toast('Saved for you') }}", ["Saved for you"]),
        ("{% if kind == 'Not this' %}{% endif %}<kbd>Enter</kbd>", []),
    ],
)
def test_the_scan_of_templates_finds_what_people_read(source: str, found: list[str]):
    assert scan.said_in_template(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise Refused("This is not possible.")', 1),
        ('raise Refused(_("This is not possible."))', 0),
        ('"""A docstring of a module."""', 0),
        ('raise ValueError("Only programs read this")', 0),
        ('messages.success(request, f"Saved {name} for you.")', 1),
    ],
)
def test_the_scan_of_python_finds_what_people_read(source: str, found: int):
    assert len(list(scan.said_in_python(source))) == found


def test_of_the_api_what_a_reader_of_fields_refuses_is_read_too():
    source = 'raise ValueError("Send a text.")\nDoc("Read by programs")'
    found = list(scan.said_in_python(source, only_refusals=True))
    assert found == [(1, "Send a text.")]


def test_the_scan_of_scripts_finds_what_people_read():
    script = (
        'box.textContent = "Could not save this"; // "A comment here"\nx = "btn go";'
    )
    assert scan.said_in_script(script) == ["Could not save this"]
    assert scan.said_in_script("el.innerHTML = `<b>Saved</b>`") == ["Saved"]
    assert list(scan.early('from x import gettext as _\nA = _("Now")')) == [2]
    assert not list(scan.early('from x import gettext as _\ndef f(): return _("Now")'))
