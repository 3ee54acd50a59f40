"""The words of other languages: gathered from the sources, kept in locale/, compiled.

`make messages` reads every text of Python, templates and shipped process definitions
into `locale/<language>/LC_MESSAGES/django.po`: new ones come without a translation,
those that are gone are dropped, the order is alphabetical. Babel does all of it, so
that nobody needs the GNU tools.

What Django reads is compiled when a process finds none for this very catalogue
(`compiled`), into VAR: no binary file in the repository, no step to forget.
"""

import ast
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
FILE = Path("LC_MESSAGES") / "django.po"
ROOMS = ("config", "core", "notify", "people", "processes", "itsm", "backlog")
SPOKEN = ("name", "label", "serves", "owner", "help")  # of a process definition
MOST_KEPT = 5  # compiled ones: an older version may still be running
_SLUG = re.compile(r"[a-z][a-z0-9_]*")
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "T", "gettext", "gettext_lazy", "gettext_noop", "phrase")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
JINJA = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}


def compiled(var: Path, source: Path = LOCALE) -> Path:
    """The folder with what Django reads of these catalogues; made if it is not there.

    Its name is made of what the catalogues say: another version's never answers.
    """
    files = sorted(source.glob(f"*/{FILE}"))
    said = hashlib.sha256(b"\0".join(file.read_bytes() for file in files))
    folder = var / "locale" / said.hexdigest()[:16]
    if not folder.is_dir():
        _compile(files, source, folder)
    return folder


def _compile(files: list[Path], source: Path, folder: Path) -> None:
    """Write it beside, and move it there when it is complete."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    for file in files:
        target = (beside / file.relative_to(source)).with_suffix(".mo")
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as text, target.open("wb") as binary:
            write_mo(binary, read_po(text))
    beside.mkdir(parents=True, exist_ok=True)
    try:
        beside.rename(folder)
    except OSError:  # somebody was quicker
        shutil.rmtree(beside, ignore_errors=True)
    for old in sorted(folder.parent.glob("[!.]*"), key=os.path.getmtime)[:-MOST_KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def gathered() -> Any:
    """Every text of the sources, as Babel's catalogue without a language."""
    from babel.messages.catalog import Catalog

    catalogue = Catalog(project="Beeline", charset="utf-8", header_comment="#")
    for file in sources():
        for message, notes, context in _texts(file):
            catalogue.add(
                message,
                locations=[(file.relative_to(ROOT).as_posix(), 0)],
                auto_comments=notes,
                context=context,
            )
    return catalogue


def sources() -> Iterator[Path]:
    """Everything that speaks to people; the gallery shows its parts to developers."""
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))
    yield from sorted((ROOT / "processes" / "shipped").glob("*.yaml"))
    for kind in ("html", "txt"):
        files = (ROOT / "templates").rglob(f"*.{kind}")
        yield from sorted(file for file in files if file.name != "gallery.html")


def _texts(file: Path) -> Iterator[tuple[Any, list[str], str | None]]:
    from babel.messages.extract import extract

    method: Any = {".py": _python, ".yaml": _definition}.get(file.suffix)
    if method is None:
        from jinja2.ext import babel_extract as method
    with file.open("rb") as text:
        found = extract(method, text, KEYWORDS, ["Translators:"], JINJA, True)
        for _line, message, notes, context in found:
            yield message, notes, context


def _python(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """The texts of a module, those inside f-strings too.

    From its syntax tree: Babel reads tokens, and f-strings have other ones from
    Python 3.12 on.
    """
    source = file.read().decode()
    lines = source.splitlines()
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in keywords:
            said = tuple(_literal(one) for one in node.args)
            found.append((node.lineno, name, said, _notes(lines, node.lineno)))
    yield from sorted(found, key=lambda one: one[0])


def _literal(node: ast.expr) -> str | None:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else None  # type: ignore[attr-defined]


def _notes(lines: list[str], lineno: int) -> list[str]:
    """A translator's hint in the line above."""
    above = lines[lineno - 2].strip() if lineno > 1 else ""
    _mark, is_there, hint = above.partition("# Translators:")
    return [f"Translators: {hint.strip()}"] if is_there else []


def _definition(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:
    """The texts of a process definition, and the words made of names without one."""
    import yaml

    for text in sorted(set(_spoken(yaml.safe_load(file)))):
        yield 1, "gettext", text, []


def _spoken(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _spoken(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str):
                # a rule of approval has a name for programs beside its label
                is_name = key == "name" and "label" in node and _SLUG.fullmatch(value)
                if key in SPOKEN and not is_name:
                    yield value
            elif key == "transitions":
                yield from (str(verb).replace("_", " ").capitalize() for verb in value)
                yield from _spoken(value)
            else:
                yield from _spoken(value)


def updated(language: str, template: Any) -> str:
    """A language's file with the texts of `template`: translations and head kept."""
    from babel.messages.pofile import read_po, write_po

    file = LOCALE / language / FILE
    before = file.read_text(encoding="utf-8")
    kept = read_po(BytesIO(before.encode()), locale=language)
    kept.update(template, no_fuzzy_matching=True)
    out = BytesIO()
    write_po(
        out,
        kept,
        width=88,
        sort_output=True,
        include_lineno=False,
        omit_header=True,
        ignore_obsolete=True,
    )
    head, _rest = before.split("\n\n", 1)
    return f"{head}\n\n{out.getvalue().decode().strip()}\n"


def languages() -> list[str]:
    """The languages that have a catalogue; the sources speak English."""
    return sorted(file.parent.parent.name for file in LOCALE.glob(f"*/{FILE}"))


def main() -> None:
    """`make messages`: bring every catalogue up to date and say what is missing."""
    import sys

    from babel.messages.pofile import read_po

    template = gathered()
    for language in languages():
        text = updated(language, template)
        (LOCALE / language / FILE).write_text(text, encoding="utf-8")
        messages = [
            message for message in read_po(BytesIO(text.encode())) if message.id
        ]
        missing = sum(not is_translated(message) for message in messages)
        sys.stdout.write(
            f"{language}: {len(messages)} texts, {missing} without translation\n"
        )


def is_translated(message: Any) -> bool:
    """Whether nothing of it is missing, and nobody has to look at it again."""
    said = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(said) and not message.fuzzy


if __name__ == "__main__":
    main()
