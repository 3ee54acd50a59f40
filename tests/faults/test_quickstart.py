"""docs/quickstart.md, tried as a newcomer would: every command, word for word."""

import re
import subprocess
from pathlib import Path

from django.conf import settings

from tests.faults.conftest import environment

PAGE = Path(settings.BASE_DIR) / "docs" / "quickstart.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- what the page says next ---"
VARIES = ((r"\b(INC|REQ|CHG|PRB)-\d+\b", r"\1-N"),)


def steps() -> list[tuple[str, str]]:
    """Commands, and what the page says that they answer; nothing where it says none."""
    found: list[tuple[str, str]] = []
    for kind, text in BLOCK.findall(PAGE.read_text()):
        if kind == "sh":
            found.append((text, ""))
        else:
            command, said = found.pop()
            assert not said, f"two answers to {command}"
            found.append((command, text))
    return found


def plain(text: str) -> str:
    """Without what is different each time."""
    for pattern, same in VARIES:
        text = re.sub(pattern, same, text)
    return text.strip()


def test_the_page_has_commands_with_answers():
    assert len(steps()) >= 10
    assert sum(bool(said) for _command, said in steps()) >= 8
    assert "jq " not in PAGE.read_text()  # bash, curl and what every system has


def test_every_command_answers_what_the_page_says(up, tmp_path):
    beeline = up(tmp_path / "var", DEMO="1")
    beeline.wait_for(r"Beeline is ready: \S+\n", seconds=300)
    script = "".join(f"{command}\necho '{MARK}'\n" for command, _said in steps())
    ran = subprocess.run(
        ["bash", "-u", "-c", script],
        cwd=settings.BASE_DIR,
        env={
            **environment(tmp_path / "var", beeline.port),
            "BEELINE": f"http://127.0.0.1:{beeline.port}",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    answers = ran.stdout.split(f"{MARK}\n")[:-1]
    assert len(answers) == len(steps()), ran.stdout[-2000:] + ran.stderr[-2000:]
    for (command, said), answered in zip(steps(), answers, strict=True):
        if said:
            assert plain(answered) == plain(said), command
        else:
            assert answered == "", command
    assert beeline.stop() == 0
