"""What is not taken, and what is said of it: sentences and HTTP's numbers."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ROUTING_KEY = re.compile(rb'"routing_key"\s*:\s*"([^"\\]{1,200})"')
LARGEST = 512 * 1024  # bytes of a body, as the PagerDuty Events API has it
STATUSES = {
    "method": 405,
    "no_key": 401,
    "unknown_key": 401,
    "key_over": 401,
    "too_large": 413,
    "many": 413,
    "type": 415,
    "limit": 429,
    "busy": 503,
}
TITLES = {
    400: gettext_noop("This cannot be read"),
    401: gettext_noop("Nobody has this key"),
    405: gettext_noop("Events are sent here"),
    413: gettext_noop("Too large"),
    415: gettext_noop("Not a type we read"),
    429: gettext_noop("Too many requests"),
    503: gettext_noop("Not now"),
}
SENTENCES = {
    "method": gettext_noop("Send events here with POST; there is nothing to read."),
    "no_key": gettext_noop(
        "The source's key is missing: put it into the address, or send "
        "“Authorization: Bearer KEY”."
    ),
    "unknown_key": gettext_noop("No source has this key."),
    "key_over": gettext_noop("This key was replaced, and its time is over."),
    "too_large": gettext_noop("A body has at most 512 KB."),
    "many": gettext_noop("It holds more than %(about)s events; send fewer at once."),
    "type": gettext_noop("Send JSON, not %(about)s."),
    "limit": gettext_noop("The source sends more often than it may; it has to wait."),
    "busy": gettext_noop("It could not be stored just now. Send it again."),
    "broken_off": gettext_noop("The request ended before it was complete."),
    "encoding": gettext_noop("It is not UTF-8: %(about)s."),
    "empty": gettext_noop("There is nothing in it."),
    "malformed": gettext_noop("It is not JSON: %(about)s."),
    "deep": gettext_noop("It is nested too deeply."),
    "shape": gettext_noop(
        "It does not have the form of its format; needed: %(about)s."
    ),
    "version": gettext_noop("CloudEvents are read in version 1.0, not %(about)s."),
    "invalid": gettext_noop("The event is invalid: %(about)s."),
    "clock": gettext_noop("Its times are too far from ours to be believed."),
}


class Refusal(Exception):
    """A call that is not taken."""

    def __init__(self, code: str, about: str = "", *, wait: int = 0) -> None:
        super().__init__(code, about)
        self.code, self.about, self.wait = code, about, wait
        self.status = STATUSES.get(code, 400)


def sentence(code: str, about: str = "") -> str:
    """What a code says to people; also of the lines on a source's health page."""
    if code not in SENTENCES:
        return about or code
    return _(SENTENCES[code]) % {"about": about.replace("\n", "; ")}
