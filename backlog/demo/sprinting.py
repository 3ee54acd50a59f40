"""Three sprints of change enablement: what happened on which of their working days.

Stories go by their place among the wishes of the process; a day is counted from the
sprint's first, which is 0. `Told.days` are a day, a verb of the stage, and with what.
"""

from dataclasses import dataclass
from typing import Any

DOING, VERIFYING, DONE = "doing", "verifying", "done"


@dataclass(frozen=True, slots=True)
class Told:
    """One sprint. Pieces of its review are who, what they said, and the answer; notes
    of its retrospective a category, a text and its votes; the first becomes a story."""

    goal: str
    kata: tuple[str, str, str, str, str]
    holds: tuple[int, ...]
    days: tuple[tuple[Any, ...], ...]
    pieces: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[tuple[str, str, int], ...] = ()
    action: str = ""
    rest: str = ""  # where unfinished stories go


SPRINTS = (
    Told(
        goal="A DNS record is in place on the day it is asked for",
        kata=(
            "Nine of ten records are there the same working day",
            "Nine days of waiting, twenty minutes of work",
            "Every record goes to the change authority, whatever it is",
            "Let records from the template go ahead for two weeks and count failures",
            "None of them failed; the wait was never about risk",
        ),
        holds=(0, 1, 2, 3, 4, 5),
        days=(
            (0, "put", 1, DOING),
            (1, "say", "ruth", "Wrote the template with Frank", "Try it on real ones"),
            (1, "put", 0, DOING),
            (1, "put", 1, VERIFYING),
            (2, "say", "frank", "Read thirty old requests", "Nothing to decide"),
            (2, "put", 1, DONE),
            (2, "put", 3, DOING),
            (3, "hinder", "ruth", "The zone file of Acme is kept by hand"),
            (4, "put", 3, DONE),
            (4, "put", 2, DOING),
            (5, "clear", "It is in the repository since today"),
            (5, "put", 0, VERIFYING),
            (6, "say", "viktor", "Verified last week's records", "Gate and review"),
            (6, "put", 0, DONE),
            (7, "put", 2, DONE),
            (7, "put", 4, DOING),
            (7, "release",),
            (8, "put", 5, DOING),
            (8, "put", 4, DONE),
        ),
        pieces=(
            (
                "sofia",
                "A record for the shop was there before I had closed the page. What "
                "about certificates?",
                "They are next: renewals are proposed as standard by their record.",
            ),
            (
                "nadia",
                "I want to see the first failure, not to hear of it.",
                "A failed record takes the standing away the same day, and tells you.",
            ),
        ),
        notes=(
            ("start", "Ask who waits before we ask who approves", 5),
            ("stop", "Starting the sixth story on day eight", 3),
            ("continue", "Verifying on the day it is done", 4),
        ),
        action="Each story names who waits for it",
        rest="next",
    ),
    Told(
        goal="A kind of change earns its standing by its record, and loses it by one",
        kata=("", "", "", "", ""),
        holds=(5, 6, 7, 8, 10),
        days=(
            (0, "put", 5, DOING),
            (1, "say", "finn", "Month end is planned in", "The proposal's wording"),
            (1, "add", 9),
            (1, "put", 9, DOING),
            (1, "put", 9, DONE),
            (1, "put", 6, DOING),
            (2, "put", 5, VERIFYING),
            (3, "put", 5, DONE),
            (4, "put", 7, DOING),
            (5, "say", "viktor", "Waited for the gateway", "Rehearse at six"),
            (5, "put", 6, DONE),
            (5, "hinder", "viktor", "No second gateway to rehearse the way back on"),
            (5, "put", 8, DOING),
            (5, "block", 8, "The rehearsal needs the second gateway, which is in use"),
            (6, "put", 7, VERIFYING),
            (6, "put", 7, DONE),
            (7, "clear", "Nordtel lends one until June"),
            (7, "free", 8),
            (8, "say", "samira", "", "Who reviews the emergency of last week?"),
            (8, "put", 8, DONE),
            (8, "put", 10, DOING),
        ),
        pieces=(
            (
                "frank",
                "The upper bound beside the proposal is what I had asked for.",
                "Thank you; it stays where it is.",
            ),
            ("ruth", "Standing that was lost should say how to earn it again.", ""),
        ),
        notes=(
            ("continue", "Numbers first, then opinions", 4),
            ("start", "Reserve the gateway when the sprint is planned", 4),
            ("stop", "Reviews of emergencies as the last story of a sprint", 5),
        ),
        action="A rehearsal books what it needs when the sprint is planned",
        rest="backlog",
    ),
    Told(
        goal="No two changes meet by accident",
        kata=(
            "Nobody learns of a collision in the night of the change",
            "Four collisions last quarter, all found by telephone",
            "Windows of suppliers are in mails and PDFs",
            "Put next month's windows in by hand, see who looks",
            "",
        ),
        holds=(11, 12, 13, 14, 15),
        days=(
            (0, "put", 11, DOING),
            (1, "say", "ruth", "Services and what they depend on", "Show collisions"),
            (1, "put", 12, DOING),
            (2, "add", 16),
            (2, "put", 11, VERIFYING),
            (3, "say", "finn", "The canary stops on errors", "Believe it on Tuesday"),
            (3, "hinder", "finn", "One person knows the canary's thresholds"),
            (3, "put", 11, DONE),
            (3, "put", 14, DOING),
            (3, "put", 15, DOING),
            (4, "clear", "Written down with Priya"),
            (4, "say", "viktor", "Called Nordtel again", "A form instead of the PDF?"),
            (4, "put", 12, DONE),
            (4, "put", 13, DOING),
            (4, "put", 14, VERIFYING),
            (4, "block", 15, "Nordtel sends its windows as a PDF, without times"),
            (4, "hinder", "viktor", "No machine can read Nordtel's notices", True),
        ),
    ),
)  # fmt: skip
