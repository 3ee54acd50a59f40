"""Reading what was sent: strict JSON objects, and query strings without surprises."""

import json
import math
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _

from core.api.problems import Malformed, TooLarge, WrongType

Fields = dict[str, Any]
DEEPEST = 20


def read_object(request: HttpRequest) -> Fields:
    """The JSON object that was sent; nothing sent is an empty one.

    Raises Malformed (400), TooLarge (413) or WrongType (415).
    """
    raw = read_raw(request)
    if not raw:
        return {}
    if request.content_type not in {"application/json", "application/merge-patch+json"}:
        raise WrongType(_("Send JSON, with Content-Type: application/json."))
    try:
        data = json.loads(
            raw.decode(),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise Malformed(_("The body is not UTF-8.")) from error
    except RecursionError as error:
        raise Malformed(_("The body is nested too deeply.")) from error
    except ValueError as error:
        raise Malformed(_("The body is not JSON: %(why)s") % {"why": error}) from error
    if not isinstance(data, dict):
        raise Malformed(_('Send a JSON object, such as {"title": "…"}.'))
    _check(data, 0)
    return data


def read_raw(request: HttpRequest) -> bytes:
    """The body's bytes."""
    try:
        return request.body
    except RequestDataTooBig as error:
        raise TooLarge(_("The body is larger than is taken at once.")) from error
    except UnreadablePostError as error:
        raise Malformed(_("The request ended before it was complete.")) from error


def check_query(request: HttpRequest, known: Iterable[str]) -> None:
    """Refuse parameters nobody reads, and characters no parameter can hold."""
    names = set(known)
    errors = {}
    for name, values in request.GET.lists():
        if name not in names and not _fits(name, names):
            errors[name] = [
                _("There is no such parameter; known here: %(known)s.")
                % {"known": ", ".join(sorted(names)) or _("none")}
            ]
        elif any("\x00" in value for value in values):
            errors[name] = [_("It holds a character that cannot be stored (U+0000).")]
    if errors:
        raise Malformed(next(iter(errors.values()))[0], errors)


def _fits(name: str, known: set[str]) -> bool:
    """Whether a family such as `extra.*` covers the name."""
    family, dot, rest = name.partition(".")
    return bool(dot and rest) and f"{family}.*" in known


def _once(pairs: list[tuple[str, Any]]) -> Fields:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("a name stands twice in one object"))
    return found


def _no_constant(name: str) -> None:
    raise ValueError(_("%(name)s is not a number in JSON") % {"name": name})


def _finite(text: str) -> float:
    """JSON has numbers that are larger than any of ours, and that nothing can store."""
    found = float(text)
    if math.isinf(found):
        words = {"name": text[:40]}
        raise ValueError(_("%(name)s is larger than any number here can be") % words)
    return found


def _check(value: Any, depth: int) -> None:
    """No half characters (lone surrogates), not too deep: nothing could store them."""
    if depth > DEEPEST:
        raise Malformed(_("The body is nested too deeply."))
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Malformed(_("The body holds half a character.")) from error
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
