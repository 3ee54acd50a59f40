"""docs/integrations/pipelines.md, tried as a pipeline would: every command, as it
stands, with the script that is shipped, against a Beeline that runs."""

import re
import subprocess
from pathlib import Path

import yaml
from django.conf import settings

from tests.faults.conftest import environment
from tests.faults.test_quickstart import BLOCK, MARK, plain

DOCS = Path(settings.BASE_DIR) / "docs" / "integrations"
PAGE = DOCS / "pipelines.md"
SCRIPT = DOCS / "scripts" / "beeline-gate.sh"


def steps() -> list[tuple[str, str]]:
    """Commands, and what the page says that they answer; nothing where it says none."""
    found: list[tuple[str, str]] = []
    for kind, text in BLOCK.findall(PAGE.read_text()):
        if kind == "sh":
            found.append((text, ""))
        else:
            command, _nothing = found.pop()
            found.append((command, text))
    return found


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The script with nothing but this in its environment."""
    return subprocess.run(
        ["sh", str(SCRIPT), *arguments],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_every_command_answers_what_the_page_says(up, tmp_path):
    beeline = up(tmp_path / "var", DEMO="1")
    beeline.wait_for(r"Beeline is ready: \S+\n", seconds=400)
    url = f"http://127.0.0.1:{beeline.port}"
    script = "".join(f"{command}\necho '{MARK}'\n" for command, _said in steps())
    ran = subprocess.run(
        ["bash", "-u", "-c", script],
        cwd=settings.BASE_DIR,
        env={**environment(tmp_path / "var", beeline.port), "BEELINE": url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    answers = ran.stdout.split(f"{MARK}\n")[:-1]
    assert len(answers) == len(steps()) >= 7, ran.stdout[-2000:] + ran.stderr[-2000:]
    for (command, said), answered in zip(steps(), answers, strict=True):
        assert plain(answered) == plain(said), command + ran.stderr[-2000:]
    refused = run("ask", BEELINE_URL=url, BEELINE_TOKEN="wrong", **WHAT)
    assert (refused.returncode, refused.stdout) == (76, "")
    assert "refused (401)" in refused.stderr
    assert beeline.stop() == 0


WHAT = {
    "BEELINE_SERVICE": "sign-in",
    "BEELINE_VERSION": "1",
    "BEELINE_COMMITTED_AT": "2026-01-05T09:30:00Z",
}


def test_what_it_needs_is_said_before_anything_is_sent(tmp_path):
    assert run("anything").returncode == 64
    missing = run("ask", **WHAT)
    assert (missing.returncode, missing.stdout) == (64, "")
    assert "BEELINE_URL is missing" in missing.stderr
    reach = {"BEELINE_URL": "http://127.0.0.1:9", "BEELINE_TOKEN": "x"}
    nothing = run("deployed", **reach, BEELINE_FILE=str(tmp_path / "none"))
    assert nothing.returncode == 64
    assert (
        "BEELINE_VERSION is missing"
        in run("ask", **reach, **{**WHAT, "BEELINE_VERSION": ""}).stderr
    )


def test_the_snippets_of_the_page_are_the_files_beside_it():
    shown = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    gitlab, github = (yaml.safe_load(text) for text in shown)
    files = [
        yaml.safe_load((DOCS / "scripts" / name).read_text())
        for name in ("gitlab-ci.yml", "github-actions.yml")
    ]
    assert gitlab == files[0]
    assert github["jobs"] == files[1]["jobs"]
    used = set(re.findall(r"BEELINE_[A-Z_]+", PAGE.read_text()))
    assert used <= set(re.findall(r"BEELINE_[A-Z_]+", SCRIPT.read_text()))
