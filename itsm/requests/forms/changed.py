"""A form that changed while somebody filled it in: does their version still count?"""

from datetime import date

from itsm.requests.forms.answers import Given, Known, clean
from itsm.requests.forms.definition import Field, Fields


def asked_now(
    began: Fields, newest: Fields, given: Given, *, known: Known, day: date
) -> list[Field]:
    """The questions of the newest form that these answers leave open.

    Empty: the version they began with still counts. What they answered wrongly in both
    is no news; it is told where it stands.
    """
    slugs = {one.slug for one in newest}
    held = {name: value for name, value in given.items() if name in slugs}
    errors = clean(newest, held, known=known, day=day).errors
    former = {one.slug: one for one in began}
    old = {name: value for name, value in given.items() if name in former}
    wrong_before = clean(began, old, known=known, day=day).errors
    return [
        one
        for one in newest
        if one.slug in errors
        and not (former.get(one.slug) == one and one.slug in wrong_before)
    ]


def no_longer_asked(began: Fields, newest: Fields, given: Given) -> list[Field]:
    """Questions of their version that the newest has not, and that they answered."""
    slugs = {one.slug for one in newest}
    return [one for one in began if one.slug not in slugs and given.get(one.slug)]
