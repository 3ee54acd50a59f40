"""What an event says, in one sentence with an icon; names come from one lookup."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_noop as T  # translated when it is told
from django.utils.translation import ngettext

from core import wording
from core.reader import gettext as _
from core.reader import inside, phrase
from itsm.tickets import kinds
from itsm.tickets.field_words import change_words, changes_words, label
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import LinkKind
from itsm.tickets.timeline_rows import Happened, Names
from processes.durations import WORKING_DAY
from processes.words import length as word_of_length

Said = tuple[str, str]  # icon, sentence
Teller = Callable[[str, Any, Names, Mapping[int, str]], Said]


def sentence(
    event: Happened, ticket: Ticket, names: Names, texts: Mapping[int, str]
) -> Said:
    """Icon and sentence of an event; kinds nobody wrote words for still say enough."""
    who = names.user.get(event.actor_id or 0, "") or _("Beeline")
    teller = TELLERS.get(event.kind)
    if teller is not None:
        return teller(who, event.changes, names, texts)
    if event.kind == kinds.of("task"):
        return _task(who, event.changes)
    return _moved(who, event, ticket, names)


def summary(sentences: Sequence[str]) -> str:
    """The first and the last of several sentences, shortened."""
    first, last = sentences[0], sentences[-1]
    return f"{first} … {last}" if len(first) + len(last) < 120 else last


def _moved(who: str, event: Happened, ticket: Ticket, names: Names) -> Said:
    """A change of state, by whatever verb of whatever process."""
    changes = event.changes
    definition = definition_of(ticket)

    def called(slug: Any) -> str:
        state = definition.states.get(str(slug))
        return phrase(state.name if state else str(slug).replace("_", " "))

    category = changes.get("state_category", (None, None))[1] or "active"
    icon = f"st-{category}"
    words: dict[str, Any] = {"who": who}
    if "state" not in changes:
        verb = event.kind.removeprefix(kinds.PREFIX).replace("_", " ")
        facts = changes_words(changes, names)
        return "right", _("%(who)s: %(verb)s%(rest)s") % {
            **words,
            "verb": inside(phrase(verb.capitalize())),
            "rest": f": {facts}" if facts else "",
        }
    old, new = changes["state"]
    words |= {"old": called(old), "new": called(new)}
    reason = changes.get("wait_reason", (None, ""))[1]
    if reason:
        state = definition.states.get(str(new))
        named = state.reasons.get(reason) if state else None
        words["new"] += f" {inside(phrase(named.name if named else reason))}"
    said = _("%(who)s moved it from %(old)s to %(new)s") % words
    wake = parse_datetime(str(changes.get("wake_at", (None, ""))[1] or ""))
    if wake is not None:
        said += _(", wakes %(when)s") % {"when": wording.clock_words(wake)}
    if changes.get("verified_by", (None, ""))[1]:
        said += _(", confirmed")
    owner = changes.get("owner")
    if owner and owner[1]:
        said += _("; owner: %(name)s") % {"name": names.user.get(owner[1], "?")}
    return icon, said


def _opened(who: str, changes: Any, names: Names, texts: Any) -> Said:
    requester = changes.get("requester", (None, 0))[1]
    priority = changes.get("priority", (None, "?"))[1]
    words = {
        "who": who,
        "p": f"P{priority}",
        "for": names.user.get(requester or 0, ""),
    }
    if words["for"] and words["for"] != who:
        return "plus", _("%(who)s registered it for %(for)s, %(p)s") % words
    return "plus", _("%(who)s registered it, %(p)s") % words


def _took(who: str, changes: Any, names: Names, texts: Any) -> Said:
    old = changes.get("owner", (None, None))[0]
    if old:
        return "kink", _("%(who)s took it over from %(old)s") % {
            "who": who,
            "old": names.user.get(old, "?"),
        }
    return "hand", _("%(who)s took it and stays the owner") % {"who": who}


def _assigned(who: str, changes: Any, names: Names, texts: Any) -> Said:
    told = [
        change_words(name, changes[name], names)
        for name in ("team", "owner")
        if name in changes
    ]
    moved = any(changes.get(n, (None,))[0] for n in ("team", "owner"))
    words = {"who": who, "what": ", ".join(told)}
    return ("kink" if moved else "user"), _("%(who)s assigned it: %(what)s") % words


def _triaged(who: str, changes: Any, names: Names, texts: Any) -> Said:
    return "flag", f"{who}: {changes_words(changes, names)}"


def _edited(who: str, changes: Any, names: Names, texts: Any) -> Said:
    return "edit", f"{who}: {changes_words(changes, names)}"


def _link_words(told: Mapping[str, Any], names: Names) -> str:
    kind = str(told.get("kind", ""))
    unseen = _("a ticket you cannot see")
    number = names.ticket.get(told.get("ticket") or 0, unseen)
    if kind == "parent":
        return _("below %(n)s") % {"n": number}
    known = kind in LinkKind.values
    words = inside(str(LinkKind(kind).label)) if known else kind.replace("_", " ")
    return f"{words} {number}"


def _linked(who: str, changes: Any, names: Names, texts: Any) -> Said:
    told = _link_words(changes["link"][1] or {}, names)
    return "link", _("%(who)s linked it: %(link)s") % {"who": who, "link": told}


def _unlinked(who: str, changes: Any, names: Names, texts: Any) -> Said:
    told = _link_words(changes["link"][0] or {}, names)
    return "link", _("%(who)s took a link away: %(link)s") % {"who": who, "link": told}


def _restricted(who: str, changes: Any, names: Names, texts: Any) -> Said:
    if changes.get("restricted", (None, True))[1]:
        return "lock", _("%(who)s restricted it to the people on it") % {"who": who}
    return "lock", _("%(who)s opened it to all who work here") % {"who": who}


def _redacted(who: str, changes: Any, names: Names, texts: Mapping[int, str]) -> Said:
    what = next((name for name in changes if name != "why"), "text")
    things = {"comment": _("a message"), "attachment": _("a file")}
    named = things.get(what) or label(str(changes[what][0]))
    why = texts.get(changes.get("why", (None, 0))[1] or 0, "")
    words = {"who": who, "what": named, "why": why}
    return "trash", _("%(who)s removed %(what)s: %(why)s") % words


def _task(who: str, changes: Mapping[str, Any]) -> Said:
    state = changes.get("task_state", (None, ""))
    words = {
        "waived": ("minus", _("%(who)s waived a step")),
        "done": ("check", _("%(who)s finished a step")),
        "removed": ("trash", _("%(who)s took a step away")),
    }
    if state[1] == "open":
        again = _("%(who)s opened a step again")
        words["open"] = ("plus", again if state[0] else _("%(who)s added a step"))
    icon, said = words.get(state[1], ("edit", _("%(who)s changed a step")))
    return icon, said % {"who": who}


def _converted(who: str, changes: Any, names: Names, texts: Any) -> Said:
    words = {"who": who, "old": changes.get("number", ("?", ""))[0]}
    return "swap", _("%(who)s converted it; it was %(old)s") % words


def _called(who: str, changes: Any, names: Names, texts: Mapping[int, str]) -> Said:
    if changes.get("channel", (None, ""))[1] == "walk_in":
        return "door", _("They came by again; %(who)s was there") % {"who": who}
    return "phone", _("They called again; %(who)s took the call") % {"who": who}


def _announced(who: str, changes: Any, names: Names, texts: Mapping[int, str]) -> Said:
    if changes["outage"][1][0]:
        return "eye", _("%(who)s lets the portal tell of it") % {"who": who}
    return "lock", _("%(who)s lets the portal say nothing of it") % {"who": who}


def _me_too(who: str, changes: Any, names: Names, texts: Mapping[int, str]) -> Said:
    words = {"who": who, "n": changes["affected"][1]}
    return "hand", _("%(who)s has it too; affected: %(n)s") % words


def _not_me(who: str, changes: Any, names: Names, texts: Mapping[int, str]) -> Said:
    words = {"who": who, "n": changes["affected"][1]}
    return "undo", _("%(who)s does not have it any more; affected: %(n)s") % words


def _promised(who: str, changes: Any, names: Names, texts: Any) -> Said:
    """What is promised from now on, in working time, a day being eight hours."""
    told = []
    for name, (_old, new) in changes.items():
        called = _promise_name(name.removesuffix("_promise"))
        if new is None:
            told.append(_("%(what)s: nothing") % {"what": called})
        else:
            length = word_of_length(timedelta(seconds=new["target"]), day=WORKING_DAY)
            told.append(f"{called}: {length}")
    return "clock", _("Promised from now on: %(what)s") % {"what": ", ".join(told)}


def _promise_name(kind: str) -> str:
    return {
        "response": _("first word"),
        "update": _("next word"),
        "resolution": _("solution"),
        "operational": _("the team's target"),
    }.get(kind, kind)


def _of_clock(icon: str, words: str) -> Teller:
    """Tells of one promise: `what` it is and when it is `due`."""

    def tell(who: str, changes: Any, names: Names, texts: Any) -> Said:
        due = parse_datetime(str(changes.get("due", (None, ""))[1] or ""))
        values = {
            "what": _promise_name(changes["clock"][1][0]),
            "due": wording.clock_words(due) if due else "",
            "left": 100 - changes.get("share", (None, 0))[1],
        }
        return icon, _(words) % values

    return tell


def _renewed(who: str, changes: Any, names: Names, texts: Any) -> Said:
    until = parse_datetime(str(changes["until"][1]))
    when = wording.clock_words(until) if until else ""
    return "clock", _("%(who)s promised the next word by %(when)s") % {
        "who": who,
        "when": when,
    }


def _alerts(who: str, changes: Any, names: Names, texts: Any) -> Said:
    """How many alerts of monitoring are open now, against before."""
    old, new = (n or 0 for n in changes.get("alerts", (0, 0)))
    n = abs(new - old)
    if new == 0 and old:
        return "check", _("All alerts are cleared")
    if new < old:
        words = ngettext(
            "%(n)s alert cleared, %(open)s still open",
            "%(n)s alerts cleared, %(open)s still open",
            n,
        )
        return "check", words % {"n": n, "open": new}
    if old == 0:
        return "alarm", ngettext("%(n)s alert", "%(n)s alerts", n) % {"n": n}
    words = ngettext("%(n)s more alert joined", "%(n)s more alerts joined", n)
    return "alarm", words % {"n": n}


def _plainly(icon: str, words: str) -> Teller:
    """Tells who did it, and nothing else."""
    return lambda who, *_more: (icon, _(words) % {"who": who})


def _of_person(icon: str, name: str, words: str) -> Teller:
    """Tells who did it to whom: `name` is the field that holds, or held, the person."""

    def tell(who: str, changes: Any, names: Names, texts: Any) -> Said:
        person = names.user.get(_id(changes, name), "?")
        return icon, _(words) % {"who": who, "to": person}

    return tell


def _of_ticket(icon: str, name: str, words: str) -> Teller:
    """Tells of another ticket, by its number as far as the reader sees it."""

    def tell(who: str, changes: Any, names: Names, texts: Any) -> Said:
        number = names.ticket.get(_id(changes, name), _("another ticket"))
        return icon, _(words) % {"who": who, "n": number}

    return tell


def _id(changes: Any, name: str) -> int:
    """What a field holds now; where it was emptied, what it held."""
    old, new = changes.get(name, (None, None))
    return new or old or 0


_part_ended = _of_ticket(
    "undo", "split_from", T("%(who)s took the split back: it goes on in %(n)s")
)
_part_came_back = _of_ticket(
    "undo", "split_off", T("%(who)s took the split of %(n)s back")
)


def _unsplit(who: str, changes: Any, names: Names, texts: Any) -> Said:
    tell = _part_ended if "split_from" in changes else _part_came_back
    return tell(who, changes, names, texts)


def _decision_asked(who: str, changes: Any, names: Names, texts: Any) -> Said:
    """Whose yes is asked for: a person's, or that of whoever the process means."""
    old, _new = changes["approval"]
    again = _("Asked anew: %(to)s") if old else _("Asked to decide: %(to)s")
    return "hand", again % {"to": _whom(changes, names)}


def _whom(changes: Any, names: Names) -> str:
    person = changes.get("approver", (None, None))[1]
    if person:
        return names.user.get(person, "?")
    authority = str(changes.get("authority", (None, ""))[1] or "")
    return inside(phrase(authority.replace("_", " ").capitalize()))


VOTES = {
    "approved": ("check", T("%(who)s said yes%(rest)s")),
    "condition": ("check", T("%(who)s said yes on a condition%(rest)s")),
    "rejected": ("x", T("%(who)s said no%(rest)s")),
    "asked": ("chat", T("%(who)s asks something before deciding%(rest)s")),
}
DECISIONS = {
    "approved": ("check", T("Decided: approved")),
    "rejected": ("x", T("Decided: rejected")),
    "withdrawn": ("undo", T("The decision is no longer asked, or no longer counts")),
}


def _voted(who: str, changes: Any, names: Names, texts: Any) -> Said:
    icon, words = VOTES.get(changes["answer"][1], VOTES["approved"])
    giver = names.user.get(changes.get("on_behalf_of", (None, 0))[1] or 0, "")
    rest = _(" for %(name)s") % {"name": giver} if giver else ""
    return icon, _(words) % {"who": who, "rest": rest}


def _decided(who: str, changes: Any, names: Names, texts: Any) -> Said:
    icon, words = DECISIONS.get(changes["decision"][1], DECISIONS["withdrawn"])
    return icon, _(words)


def _decision_expired(who: str, changes: Any, names: Names, texts: Any) -> Said:
    person = changes.get("approver", (None, None))
    values = {
        "was": names.user.get(person[0] or 0, "") or _("whoever was asked"),
        "to": names.user.get(person[1] or 0, "") or _("others"),
    }
    if changes.get("why", (None, ""))[1] == "left":
        return "swap", _("%(was)s has left, so %(to)s decides instead") % values
    return "clock", _("No answer from %(was)s, so %(to)s is asked instead") % values


TELLERS: Mapping[str, Teller] = {
    kinds.ASKED: _decision_asked,
    kinds.VOTED: _voted,
    kinds.DECIDED: _decided,
    kinds.EXPIRED: _decision_expired,
    kinds.REMINDED: _plainly("bell", T("Reminded of the decision")),
    kinds.ASK_ANEW: _plainly(
        "undo", T("%(who)s changed what was decided on, so it is asked anew")
    ),
    kinds.OPEN: _opened,
    kinds.CALLED: _called,
    kinds.of("announce"): _announced,  # of the portal's, above
    kinds.of("me_too"): _me_too,
    kinds.of("not_me"): _not_me,
    "feedback.ask": _plainly("chat", T("The requester was asked how it was")),
    kinds.TAKE: _took,
    kinds.ASSIGN: _assigned,
    kinds.OFFER: _of_person("user", "offered_to", T("%(who)s offered it to %(to)s")),
    kinds.DECLINE: _plainly("x", T("%(who)s declined it")),
    kinds.WITHDRAW: _of_person(
        "undo", "offered_to", T("%(who)s took back the offer to %(to)s")
    ),
    kinds.ASK: _plainly("hand", T("%(who)s asked for it")),
    kinds.DEPLOYED: _plainly("check", T("%(who)s reported it as deployed")),
    kinds.FAILED: _plainly("x", T("%(who)s reported that it failed")),
    kinds.ROLLED_BACK: _plainly("undo", T("%(who)s reported that it was rolled back")),
    kinds.KEEP: _of_person("user", "asked", T("%(who)s does not hand it to %(to)s")),
    kinds.GRANT: _of_person(
        "kink", "owner", T("%(who)s handed it over to %(to)s, who had asked")
    ),
    kinds.TRIAGE: _triaged,
    kinds.EDIT: _edited,
    kinds.LINK: _linked,
    kinds.UNLINK: _unlinked,
    kinds.WATCH: _plainly("eye", T("%(who)s watches it")),
    kinds.UNWATCH: _plainly("eye", T("%(who)s no longer watches it")),
    kinds.COPY: _of_person("users", "copied", T("%(who)s copied %(to)s on")),
    kinds.RESTRICT: _restricted,
    kinds.REDACT: _redacted,
    kinds.MIGRATE: _plainly(
        "swap", T("%(who)s moved it to another version of its process")
    ),
    kinds.TAG: _plainly("flag", T("%(who)s changed the tags")),
    kinds.MERGE: _of_ticket(
        "same", "merged_into", T("%(who)s merged it: it goes on in %(n)s")
    ),
    kinds.MERGED_HERE: _of_ticket(
        "same", "merged", T("%(who)s merged %(n)s into this")
    ),
    kinds.UNMERGE: _of_ticket(
        "undo", "merged_into", T("%(who)s took it out of %(n)s again")
    ),
    kinds.UNMERGED_HERE: _of_ticket(
        "undo", "merged", T("%(who)s took %(n)s out of this again")
    ),
    kinds.SPLIT: _of_ticket("copy", "split_off", T("%(who)s split %(n)s off this")),
    kinds.SPLIT_HERE: _of_ticket(
        "copy", "split_from", T("%(who)s split this off %(n)s")
    ),
    kinds.UNSPLIT: _unsplit,
    kinds.CONVERT: _converted,
    kinds.PROMISE: _promised,
    kinds.RENEW: _renewed,
    kinds.WARN: _of_clock(
        "clock", T("%(left)s %% of the time left: %(what)s, due %(due)s")
    ),
    kinds.ESCALATE: _of_clock("right", T("Escalated: %(what)s, due %(due)s")),
    kinds.MISS: _of_clock("alarm", T("Not kept: %(what)s, due %(due)s")),
    kinds.PAGE: _of_person("alarm", "paged", T("%(to)s was paged")),
    kinds.ACKNOWLEDGE: _of_person("check", "paged", T("%(to)s is on it")),
    kinds.ALERT: _alerts,
    kinds.of("ask_result"): _plainly(  # of the changes' own
        "clock", T("Its window has passed: the result is asked for")
    ),
    kinds.of("ask_review"): _plainly("clock", T("Its review is due")),
    kinds.UNDO: _plainly("undo", T("%(who)s undid a change of many tickets")),
}
