"""Forms for tests, and who their answers may name."""

from itsm.requests.forms.definition import Field, read

LAPTOP = [
    {
        "slug": "why",
        "label": "Why a new one?",
        "type": "choice",
        "choices": ["First one", "Too old", "Lost"],
        "required": True,
    },
    {
        "slug": "old",
        "label": "The number on the old one",
        "type": "text",
        "required": True,
        "when": {"field": "why", "is": ["Too old"]},
    },
    {
        "slug": "place",
        "label": "Where?",
        "type": "text",
        "required": True,
        "takes": "place",
    },
    {"slug": "day", "label": "When?", "type": "date", "least": 0, "most": 30},
    {"slug": "how_many", "label": "How many?", "type": "number", "least": 1, "most": 9},
    {"slug": "boss", "label": "Who decides?", "type": "person", "takes": "manager"},
    {"slug": "photo", "label": "A picture", "type": "file", "most": 2},
    {
        "slug": "people",
        "label": "Who may use it?",
        "type": "table",
        "most": 3,
        "columns": [
            {"slug": "who", "label": "Name", "type": "text", "required": True},
            {"slug": "since", "label": "Since", "type": "date"},
            {
                "slug": "may",
                "label": "May",
                "type": "choice",
                "choices": ["Read", "Do"],
            },
        ],
    },
]


def laptop() -> list[Field]:
    return read(LAPTOP)


class Known:
    """One person and one service are known."""

    def person(self, email: str) -> str | None:
        return email.lower() if email.lower() == "frank@demo.example" else None

    def service(self, slug: str) -> str | None:
        return slug if slug == "vpn" else None
