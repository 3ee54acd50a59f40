"""What somebody typed outlives kill -9 of the web server, worker and beat."""

import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from tests.faults.conftest import kill_all

READY = r"Beeline is ready: \S+"


class Browser:
    """Cookies and requests: one device of Bob's."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar)
        )
        self.token = ""
        self.get("/accounts/login/")
        self.post("/accounts/login/", login="bob@demo.example", password="beeline")

    def get(self, path: str) -> str:
        with self.opener.open(self.base + path, timeout=20) as answer:
            text = answer.read().decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
        self.token = found[1] if found else self.token
        return text

    def send(self, method: str, path: str, body: bytes, kind: str) -> int:
        headers = {"X-CSRFToken": self.token, "Content-Type": kind}
        headers["Referer"] = self.base + path
        asked = urllib.request.Request(
            self.base + path, data=body, method=method, headers=headers
        )
        with self.opener.open(asked, timeout=20) as answer:
            return answer.status

    def post(self, path: str, **form: str) -> int:
        body = urllib.parse.urlencode(form).encode()
        return self.send("POST", path, body, "application/x-www-form-urlencoded")

    def put(self, path: str, **sent: object) -> int:
        body = json.dumps(sent).encode()
        return self.send("PUT", path, body, "application/json")


def kill(beeline, name, *words):
    """kill -9 all that run it, and wait for others in their place."""
    before = beeline.find(*words)
    kill_all(before)
    gone = {process.pid for process in before}
    beeline.wait_for(f"{name} was stopped by SIGKILL; starting it again in")
    beeline.wait_until(lambda: [p for p in beeline.find(*words) if p.pid not in gone])


def page_of(browser: Browser, here: str, seconds: float = 40) -> str:
    """The ticket's page, as soon as somebody answers again."""
    until = time.monotonic() + seconds
    while True:
        try:
            return browser.get(here)
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < until
            time.sleep(0.2)


def test_a_draft_and_a_reply_on_its_way_survive_whatever_is_killed(up, tmp_path):
    beeline = up(tmp_path / "var", DEMO="1")
    beeline.wait_for(READY, seconds=240)
    bob = Browser(beeline.port)
    here = re.search(r'href="(/incidents/INC-\d+/)"', bob.get("/incidents/"))[1]
    bob.get(here)
    bob.put(f"{here}draft/comment/", body="Half a senten", fields={}, files=[])
    bob.put("/drafts/article-new/", body="", fields={"title": "Half an art"}, files=[])
    bob.put("/drafts/report/", body="", fields={"what": "Half a rep"}, files=[])
    kill(beeline, "web", "granian", "config.wsgi")
    page_of(bob, here)
    elsewhere = Browser(beeline.port)  # the tab is closed; another device
    assert "Half a senten</textarea>" in elsewhere.get(here)
    assert 'value="Half an art"' in elsewhere.get("/knowledge/new/")
    assert 'value="Half a rep"' in elsewhere.get("/portal/report/")

    bob.get(here)
    bob.post(f"{here}do/comment/", body="Out it goes.", mode="reply")
    kill(beeline, "worker", "celery", "worker")
    kill(beeline, "beat", "celery", "beat")
    until = time.monotonic() + 60
    while "data-held" in (page := page_of(bob, here)) and time.monotonic() < until:
        time.sleep(1)
    assert page.count("Out it goes.") == 1
    assert "data-held" not in page
    assert "Half a senten" not in page  # sending ended the draft
    assert beeline.stop() == 0
