"""What chat and paging share: a route's secrets, a POST, and what its answer means."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Self

from core import outbound
from core.outbound import OutboundFailed, OutboundRefused, Policy
from core.sealing import unseal
from notify.channels import Away, Later, Never
from notify.letters import Letter
from notify.models import Message, Route

URL, SECRET = "route.url", "route.secret"
UNKNOWN = frozenset({401, 403, 404, 410})
BUSY = frozenset({429, 503})
LONGEST_SAID = 200
POLICY = Policy()
Body = Mapping[str, Any]
Build = Callable[[Message, Letter, Route], tuple[Body, str]]


class HookSession:
    """One route: every letter is a POST of its own, answered or not in ten seconds.

    `build` answers the JSON, and whom it is for as the delivery page shows it.
    """

    def __init__(self, route: Route, build: Build) -> None:
        self.route, self.build = route, build
        self.url = unseal(route.url, purpose=URL)
        self.headers = {"Content-Type": "application/json; charset=utf-8"}
        if secret := unseal(route.secret, purpose=SECRET) if route.secret else "":
            self.headers["Authorization"] = f"Bearer {secret}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def send(self, message: Message, letter: Letter) -> str:
        """Send one; answers whom it went to. Raises `Unsent`."""
        body, to = self.build(message, letter, self.route)
        sent = json.dumps(body, ensure_ascii=False).encode()
        # the same for every try, so that a gateway can tell a second one
        headers = {**self.headers, "Idempotency-Key": message.reference.strip("<>")}
        try:
            answer = outbound.post(self.url, sent, headers=headers, policy=POLICY)
        except OutboundRefused as no:
            raise Never(no.code, no.about, is_address=True) from no
        except OutboundFailed as no:
            raise Away(no.code, no.about) from no
        _judge(answer)
        return to


def _judge(answer: outbound.Answer) -> None:
    """Raise what a status other than 2xx means."""
    status, said = answer.status, _said(answer)
    if 200 <= status < 300:
        return
    if status in BUSY:
        seconds = answer.headers.get("retry-after", "")
        wait = float(seconds) if seconds.isdigit() and len(seconds) < 6 else None
        raise Away("hook.busy", said, is_charged=False, seconds=wait)
    if 300 <= status < 400:
        raise Never("hook.moved", status, is_address=True)
    if status in UNKNOWN:
        raise Never("hook.gone", said, is_address=True)
    if status >= 500 or status in {408, 425}:
        raise Later("hook.broke", said)
    raise Never("hook.refused", said, is_address=False)


def _said(answer: outbound.Answer) -> str:
    text = answer.body[:LONGEST_SAID].decode("utf-8", "replace")
    return f"{answer.status} {text}".strip()
