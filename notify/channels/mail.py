"""E-mail: what a letter looks like, and a connection that sends a batch of them."""

import re
import smtplib
from email.utils import format_datetime
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import gettext as _

from core.reader import speaking
from core.wording import markdown
from notify import message_ids, quiet
from notify.channels import Away, Later, Never
from notify.letters import Letter, absolute
from notify.models import Message

CHOICES = "/account/notifications/"
LONGEST_SUBJECT = 200
LONGEST_LINE = 900  # of a header; SMTP allows 998
# RFC 3463: 5.1 and 5.2 are about the address; these are about us, or what we sent
NOT_THE_ADDRESS = re.compile(r"\b5\.[34567]\.\d+")


class Mail(EmailMultiAlternatives):
    """One whose ids stay on the line of their header, however long they are."""

    def message(self) -> Any:
        """As it goes over the wire."""
        found: Any = super().message()
        found.policy = found.policy.clone(max_line_length=LONGEST_LINE)
        return found


class MailSession:
    """One connection for a batch; opened anew where the server closes it in between."""

    def __init__(self) -> None:
        self.backend: Any = get_connection()

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.backend.close()

    def send(self, message: Message, letter: Letter) -> str:
        """Send one; answers the address. Raises `Unsent`."""
        address = letter.user.email if letter.user else ""
        if not address:
            raise Never("mail.none", is_address=False)
        if not address.rpartition("@")[0].isascii():  # Django would send elsewhere
            raise Never("mail.address", address, is_address=True)
        mail = compose(message, letter, address)
        if not getattr(self.backend, "is_open", True):
            self._open()
        try:
            self.backend.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as no:
            code, said = next(iter(no.recipients.values()))
            raise _answered(code, said, "mail.address") from no
        except smtplib.SMTPSenderRefused as no:
            raise self._away("mail.closed", _said(no.smtp_code, no.smtp_error)) from no
        except smtplib.SMTPDataError as no:
            raise _answered(no.smtp_code, no.smtp_error, "mail.refused") from no
        except ValueError as no:  # what no header can hold
            raise Never("told.broken", no, is_address=False) from no
        except OSError as no:  # smtplib's own are
            raise self._away("mail.broke", _plain(no)) from no
        return address

    def _open(self) -> None:
        self._hang_up()
        try:
            self.backend.open()
        except smtplib.SMTPResponseException as no:
            said = _said(no.smtp_code, no.smtp_error)
            raise Away("mail.closed", said, is_charged=False) from no
        except OSError as no:
            raise Away("mail.away", _plain(no), is_charged=False) from no

    def _away(self, code: str, said: str) -> Away:
        self._hang_up()
        return Away(code, said)

    def _hang_up(self) -> None:
        if hang_up := getattr(self.backend, "hang_up", None):
            hang_up()


def _answered(code: int, said: bytes | str, why: str) -> Later | Never:
    """What a server's refusal of one message means (RFC 5321, 4.2.1)."""
    text = _said(code, said)
    if not 500 <= code < 600:
        return Later("mail.later", text)
    return Never(why, text, is_address=NOT_THE_ADDRESS.search(text) is None)


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {text}"


def _plain(no: OSError) -> str:
    """In few words, without Python's."""
    return str(no.strerror or no or type(no).__name__)


def compose(message: Message, letter: Letter, address: str, at: Any = None) -> Mail:
    """The mail: text and HTML in the reader's language and zone, and its headers."""
    zone = quiet.zone_of(letter.reader.time_zone)
    with timezone.override(zone), speaking(letter.reader.language):
        context = {
            "letter": letter,
            "parts": _without_repeats(letter),
            "choices": "" if letter.is_fixed else absolute(CHOICES),
            "markdown": markdown,
            "language": letter.reader.language,
        }
        mail = Mail(
            subject=_subject(letter),
            body=_text(context),
            to=[address],
            reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
            headers=_headers(message, letter, at),
        )
        html = get_template("notify/mail.html", using="jinja2").render(context)
        mail.attach_alternative(html, "text/html")
    return mail


def _without_repeats(letter: Letter) -> list[Any]:
    """Facts stand under the last part alone: they are of the thing as it is now."""
    last = letter.parts[-1]
    return [
        {"part": part, "facts": part.facts if part is last else ()}
        for part in letter.parts
    ]


def _subject(letter: Letter) -> str:
    """One line that no header can be smuggled in with."""
    line = _line(letter.title)[:LONGEST_SUBJECT]
    return _("Urgent: %(subject)s") % {"subject": line} if letter.is_page else line


def _line(text: str) -> str:
    """Without control characters, and without what mail programs would decode."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(clean.split()).replace("=?", "=\u200b?")


def _headers(message: Message, letter: Letter, at: Any) -> dict[str, str]:
    found = {
        "Message-ID": message.reference,
        "Date": format_datetime(at or timezone.now()),
        "List-Id": f"Beeline <notifications.{message_ids.host()}>",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "All",
    }
    if message.subject_id:
        root = message_ids.thread(message.subject_type, message.subject_id)
        found |= {"In-Reply-To": root, "References": root}
    if letter.thread:
        found["Thread-Topic"] = _line(letter.thread)
    if not letter.is_fixed:
        found["List-Unsubscribe"] = f"<{absolute(CHOICES)}>"
    if message.is_urgent or letter.is_page:
        found |= {"Importance": "high", "X-Priority": "1"}
    return found


def _text(context: dict[str, Any]) -> str:
    """The plain text: parts, facts, address, and why one got it."""
    blocks = []
    for entry in context["parts"]:
        part = entry["part"]
        title = [part.title] if len(context["parts"]) > 1 else []
        blocks.append("\n".join([*title, part.body]).strip())
        if entry["facts"]:
            blocks.append("\n".join(f"{name}: {said}" for name, said in entry["facts"]))
    blocks.append(context["letter"].acknowledge)
    if context["choices"]:
        told = _("What you hear of, and how: %(address)s")
        blocks.append("-- \n" + told % {"address": context["choices"]})
    return "\n\n".join(blocks) + "\n"
