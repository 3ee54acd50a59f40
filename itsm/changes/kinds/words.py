"""Records, standings and proposals in sentences."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.changes.models import Kind, Proposal
from itsm.changes.trust import Record
from processes.control import Trust
from processes.control_words import percent

TONES = {"standard": "good", "suspended": "late", "normal": ""}
ICONS = {"standard": "check", "suspended": "pause", "normal": "shield"}


def record(found: Record) -> str:
    """How a kind has ended so far, in a sentence."""
    if not found.ended:
        return _("None has ended yet.")
    ended = ngettext("%(n)s change", "%(n)s changes", found.ended) % {"n": found.ended}
    if not found.failed:
        text = _("%(ended)s, none failed; with 95 %% certainty at most %(p)s %% fail.")
    else:
        text = _("%(ended)s, %(f)s failed; with 95 %% certainty at most %(p)s %% fail.")
    share = percent(round(found.bound, 3))
    return text % {"ended": ended, "f": found.failed, "p": share}


def outlook(kind: Kind, found: Record, rules: Trust | None) -> str:
    """What its record still lacks, or has lost."""
    if rules is None:
        return ""
    if kind.standing == Kind.Standing.STANDARD:
        text = _("Its suspension is proposed at %(share)s %%.")
        return text % {"share": percent(rules.suspend_over)}
    text = _(
        "Standard status is proposed at %(share)s %% or less, after %(least)s changes "
        "at least."
    )
    return text % {"share": percent(rules.standard_under), "least": rules.least}


def proposed(one: Proposal) -> str:
    """What is proposed, as a headline."""
    words = {"kind": one.kind.name}
    if one.to == Proposal.To.STANDARD:
        return _("Make “%(kind)s” standard") % words
    return _("Suspend the standard status of “%(kind)s”") % words


def because(one: Proposal) -> str:
    """Why: the record as it was then."""
    return record(Record(one.evidence["ended"], one.evidence["failed"]))


def means(one: Proposal) -> str:
    """What changes for people where it is accepted."""
    if one.to == Proposal.To.STANDARD:
        return _("Its changes are scheduled without anybody's approval from then on.")
    return _("New changes of it are decided by their risk again, until it is settled.")


def decided(one: Proposal) -> str:
    """What became of it."""
    words = {
        "accepted": _("Accepted"),
        "declined": _("Declined"),
        "lapsed": _("No longer what the record says"),
    }
    return words.get(one.decision, _("Waits for the process owner"))
