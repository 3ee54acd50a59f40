"""A newcomer improves a process from the first line to the retrospective, over REST."""

from tests.cast import AT
from tests.factories import a_token, as_

DAY = AT.date()


class Rest:
    """Asks as one person and expects what it says it expects."""

    def __init__(self, person):
        self.client = as_(person)
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {a_token(person)}"}

    def get(self, path):
        answer = self.client.get(f"/api/v1/{path}", **self.headers)
        assert answer.status_code == 200, (path, answer.content)
        return answer.json()

    def post(self, path, data, status=201):
        answer = self.client.post(
            f"/api/v1/{path}", data, content_type="application/json", **self.headers
        )
        assert answer.status_code == status, (path, answer.content)
        return answer.json()

    def patch(self, path, data):
        answer = self.client.patch(
            f"/api/v1/{path}", data, content_type="application/json", **self.headers
        )
        assert answer.status_code == 200, (path, answer.content)
        return answer.json()


def test_a_process_is_made_and_improved_in_a_sprint_over_rest(cast):
    dana = Rest(cast.dana)
    dana.post("processes/", {"name": "Onboarding"})
    home = "processes/onboarding/"
    for name, interest, power in (("Works council", 5, 5), ("New people", 5, 2)):
        made = {"name": name, "interest": interest, "power": power}
        dana.post(f"{home}stakeholders/", made)
    weights = [one["weight"] for one in dana.get(f"{home}stakeholders/")["results"]]
    assert weights == ["critical", "significant"]
    dana.post(f"{home}members/", {"user": cast.bob.email})

    activity = dana.post("activities/", {"process": "onboarding", "name": "First day"})
    stories = []
    for n in range(12):
        parts = {"value": 8, "time_criticality": 5, "risk_reduction": 1, "size": 3}
        told = {"process": "onboarding", "title": f"Story {n}", **parts}
        told |= {"as_a": "newcomer", "i_want": "a laptop", "so_that": "I can work"}
        stories.append(dana.post("stories/", told)["number"])
    listed = dana.get("stories/?process=onboarding&ordering=rank")["results"]
    assert [one["number"] for one in listed] == stories, "alike, so as they came"
    dana.post(f"stories/{stories[11]}/move/", {"to": "top"}, 200)
    dana.post(f"stories/{stories[10]}/move/", {"before": stories[0]}, 200)
    listed = dana.get("stories/?process=onboarding&ordering=rank")["results"]
    found = [one["number"] for one in listed]
    assert found[:3] == [stories[11], stories[10], stories[0]]
    dana.patch(f"stories/{stories[0]}/", {"activity": activity["name"], "points": 3})
    dana.patch(f"stories/{stories[1]}/", {"points": 5})

    sprint = dana.post(
        "sprints/",
        {
            "process": "onboarding",
            "goal": "Nobody waits for a laptop",
            "starts_on": DAY.isoformat(),
            "ends_on": DAY.replace(day=DAY.day + 11).isoformat(),
        },
    )
    place = f"sprints/{sprint['id']}/"
    dana.post(f"{place}add/", {"stories": stories[:2]}, 200)
    assert dana.post(f"{place}start/", {}, 200)["state"] == "running"
    bob = Rest(cast.bob)
    bob.post(f"stories/{stories[0]}/column/", {"column": "done"}, 200)
    bob.post("impediments/", {"process": "onboarding", "text": "No budget"})
    closed = dana.post(f"{place}close/", {"to": {stories[1]: "backlog"}}, 200)
    assert closed["state"] == "closed"
    days = dana.get(f"{place}burndown/")["days"]
    assert (days[0]["forecast"], days[-1]["scope"], days[-1]["done"]) == (8, 8, 3)
    dana.patch(f"stories/{stories[1]}/", {"points": 13})
    assert dana.get(f"{place}burndown/")["days"] == days, "the past stays"

    increment = dana.post("increments/", {"process": "onboarding", "name": "Day one"})
    there = f"increments/{increment['id']}/"
    dana.post(f"{there}add/", {"stories": [stories[0]]}, 200)
    decided = {"how": "all", "to_whom": "Everybody", "release_on": DAY.isoformat()}
    dana.post(f"{there}decide/", decided, 200)
    assert dana.post(f"{there}release/", {}, 200)["state"] == "released"
