"""Reading and writing the sections `risk` and `trust` of a definition."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.reader import gettext as _
from processes.control import FACTORS, MOST_POINTS, Answer, Question, Risk, Trust
from processes.reading import Reader

QUESTION_KEYS = ("label", "help", "answers")


def risk(reader: Reader, value: Any) -> Risk | None:
    """How risk is counted; None where it is not."""
    if value is None:
        return None
    data = reader.mapping(value, "risk", ("high_from", "factors", "questions"))
    high_from = reader.number(data.get("high_from"), "risk.high_from", 1, 1000)
    found = Risk(
        high_from=50 if high_from is None else high_from,
        factors=_factors(reader, data.get("factors")),
        questions=_questions(reader, data.get("questions")),
    )
    if not found.factors and not found.questions:
        reader.wrong("risk", _("name at least one factor or question"))
    elif found.most < found.high_from and not reader.problems:
        text = _("no risk could ever be high: all points together are %(most)s")
        reader.wrong("risk.high_from", text % {"most": found.most})
    return found


def _factors(reader: Reader, value: Any) -> Mapping[str, Mapping[str, int]]:
    found = {}
    section = reader.mapping(value, "risk.factors", list(FACTORS))
    for name, entry in section.items():
        if name not in FACTORS:
            continue
        path = f"risk.factors.{name}"
        words = reader.mapping(entry, path, FACTORS[name])
        found[name] = MappingProxyType(
            {
                word: _points(reader, points, f"{path}.{word}")
                for word, points in words.items()
                if word in FACTORS[name]
            }
        )
    return MappingProxyType(found)


def _questions(reader: Reader, value: Any) -> Mapping[str, Question]:
    found = {}
    section = reader.mapping(value, "risk.questions")
    for slug, entry in reader.slugs(section, "risk.questions"):
        path = f"risk.questions.{slug}"
        data = reader.mapping(entry, path, QUESTION_KEYS, ("label", "answers"))
        answers = _answers(reader, data.get("answers"), f"{path}.answers")
        if len(answers) == 1:
            reader.wrong(f"{path}.answers", _("a question has at least two answers"))
        found[slug] = Question(
            slug=slug,
            label=reader.text(data.get("label"), f"{path}.label", slug, 200),
            help=reader.text(data.get("help"), f"{path}.help", "", 300),
            answers=answers,
        )
    return MappingProxyType(found)


def _answers(reader: Reader, value: Any, path: str) -> Mapping[str, Answer]:
    found = {}
    for slug, entry in reader.slugs(reader.mapping(value, path), path):
        here = f"{path}.{slug}"
        data = reader.mapping(entry, here, ("label", "points"), ("label",))
        label = reader.text(data.get("label"), f"{here}.label", slug, 120)
        points = _points(reader, data.get("points"), f"{here}.points")
        found[slug] = Answer(slug, label, points)
    return MappingProxyType(found)


def _points(reader: Reader, value: Any, path: str) -> int:
    points: int | None = reader.number(value, path, 0, MOST_POINTS)
    return points or 0


def trust(reader: Reader, value: Any) -> Trust | None:
    """When a record earns or loses standard status; None where it does not."""
    if value is None:
        return None
    keys = ("standard_under", "suspend_over", "least")
    data = reader.mapping(value, "trust", keys)
    usual = Trust()

    def share(name: str, usual: float) -> float:
        given = reader.number(data.get(name), f"trust.{name}", 0.001, 0.999, float)
        return usual if given is None else float(given)

    least = reader.number(data.get("least"), "trust.least", 1, 10_000)
    found = Trust(
        standard_under=share("standard_under", usual.standard_under),
        suspend_over=share("suspend_over", usual.suspend_over),
        least=usual.least if least is None else least,
    )
    if found.suspend_over <= found.standard_under:
        text = _("this has to lie above standard_under, or a record could earn both")
        reader.wrong("trust.suspend_over", text)
    return found


def write_risk(risk: Risk | None) -> dict[str, Any] | None:
    """The section as `risk` reads it."""
    if risk is None:
        return None
    questions = {
        slug: {
            "label": one.label,
            **({"help": one.help} if one.help else {}),
            "answers": {
                answer.slug: {"label": answer.label, "points": answer.points}
                for answer in one.answers.values()
            },
        }
        for slug, one in risk.questions.items()
    }
    factors = {name: dict(words) for name, words in risk.factors.items()}
    data = {"high_from": risk.high_from, "factors": factors, "questions": questions}
    return {key: value for key, value in data.items() if value != {}}


def write_trust(trust: Trust | None) -> dict[str, Any] | None:
    """The section as `trust` reads it."""
    if trust is None:
        return None
    return {
        "standard_under": trust.standard_under,
        "suspend_over": trust.suspend_over,
        "least": trust.least,
    }
