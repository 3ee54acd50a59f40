"""make messages, and the catalogues that a process compiles for itself."""

import gettext
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from config import catalogue

HEAD = (
    '# Words we keep to.\nmsgid ""\nmsgstr ""\n"Language: de\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n'
)


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like locale/ with one German text."""
    folder = tmp_path / "sources"
    monkeypatch.setattr(catalogue, "LOCALE", folder)
    write(folder, '\nmsgid "Saved."\nmsgstr "Gespeichert."\n')
    return folder


def write(folder: Path, texts: str) -> None:
    file = folder / "de" / catalogue.FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEAD + texts, encoding="utf-8")


def spoken(folder: Path) -> gettext.NullTranslations:
    return gettext.translation("django", folder, ["de"])


def of(*texts: str) -> Catalog:
    template = Catalog()
    for text in texts:
        template.add(text, locations=[("some/file.py", 7)])
    return template


def test_a_catalogue_is_compiled_once_and_again_when_it_has_changed(
    locale: Path, tmp_path: Path
):
    first = catalogue.compiled(tmp_path, locale)
    assert spoken(first).gettext("Saved.") == "Gespeichert."
    assert catalogue.compiled(tmp_path, locale) == first
    write(locale, '\nmsgid "Saved."\nmsgstr "Gesichert."\n')
    second = catalogue.compiled(tmp_path, locale)
    assert spoken(second).gettext("Saved.") == "Gesichert."
    assert spoken(first).gettext("Saved.") == "Gespeichert.", "it may still be running"


def test_old_compiled_ones_are_not_kept_for_ever(locale: Path, tmp_path: Path):
    for n in range(catalogue.MOST_KEPT + 3):
        write(locale, f'\nmsgid "Saved."\nmsgstr "Gespeichert {n}."\n')
        newest = catalogue.compiled(tmp_path, locale)
    kept = list((tmp_path / "locale").glob("[!.]*"))
    assert newest in kept
    assert len(kept) == catalogue.MOST_KEPT


def test_two_processes_that_compile_at_once_do_not_hinder_each_other(
    locale: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    files = sorted(locale.glob(f"*/{catalogue.FILE}"))
    folder = catalogue.compiled(tmp_path, locale)
    catalogue._compile(files, locale, folder)  # as one that has looked too early
    assert spoken(folder).gettext("Saved.") == "Gespeichert."
    assert not list((tmp_path / "locale").glob(".*"))


def test_an_update_keeps_translations_and_head_and_drops_what_is_gone(locale: Path):
    text = catalogue.updated("de", of("Saved.", "Closed."))
    assert text.startswith("# Words we keep to.\n")
    assert 'msgid "Saved."\nmsgstr "Gespeichert."' in text
    assert 'msgid "Closed."\nmsgstr ""' in text
    assert "some/file.py\n" in text
    assert "some/file.py:7" not in text
    write(locale, text.removeprefix(HEAD))
    assert catalogue.updated("de", of("Saved.", "Closed.")) == text
    assert "Saved." not in catalogue.updated("de", of("Closed."))


def gathered_from(folder: Path, name: str, source: str) -> list[object]:
    file = folder / name
    file.write_text(source, encoding="utf-8")
    return [message for message, _notes, _context in catalogue._texts(file)]


def test_texts_are_found_wherever_a_source_may_hold_them(tmp_path: Path):
    python = (
        '_("A" "B")\nf"{_(\'In a string\')}"\nlabel = T("Lazy")\n'
        'ngettext("%(n)s day", "%(n)s days", n)\npgettext("date", "May")\n_(words)\n'
    )
    assert gathered_from(tmp_path, "a.py", python) == [
        "AB",
        "In a string",
        "Lazy",
        ("%(n)s day", "%(n)s days"),
        "May",
    ]
    template = (
        "{% call ui.head(_('Head')) %}{{ _(\"Said\") }}{% endcall %}"
        "{{ ngettext('%(num)s new', '%(num)s new ones', 3) }}"
    )
    assert gathered_from(tmp_path, "a.html", template) == [
        "Head",
        "Said",
        ("%(num)s new", "%(num)s new ones"),
    ]


def test_a_shipped_process_is_translated_with_its_names_and_reasons(tmp_path: Path):
    definition = (
        "name: Incident\n"
        "states:\n  waiting:\n    name: Waiting\n"
        "    reasons:\n      supplier: {name: For a supplier}\n"
        "transitions:\n  work_on: {to: waiting}\n"
        "  resolve: {label: Fulfil, to: waiting}\n"
        "approvals:\n  - {name: hr, label: Human resources, by: hr}\n"
    )
    found = set(gathered_from(tmp_path, "a.yaml", definition))
    assert found >= {"Incident", "Waiting", "For a supplier", "Work on", "Fulfil"}
    assert "Human resources" in found
    assert "hr" not in found
