"""Offerings with steps, for tests."""

from datetime import timedelta

from core import signed
from core.sealing import seal
from itsm.requests.actions import order
from itsm.requests.fulfilment.steps import PURPOSE
from itsm.requests.models import Offering, Profile, Task
from tests.cast import AT

SECRET = signed.new_secret()


def step(title, stage=1, team="", minutes=0, **more):
    return {"title": title, "stage": stage, "team": team, "minutes": minutes} | more


def automatic(title, url, stage=1, *, timeout=60, attempts=3, **more):
    call = {
        "url": seal(url, purpose=PURPOSE),
        "secret": seal(SECRET, purpose=PURPOSE),
        "timeout": timeout,
        "attempts": attempts,
    }
    return step(title, stage, automatic=call, **more)


def an_offering(name="Account", steps=(), **more):
    slug = name.lower().replace(" ", "-")
    common = {"promise": timedelta(hours=8), "slug": slug, "name": name}
    return Offering.objects.create(**common | more, steps=list(steps))


def a_profile(name, *offerings):
    profile = Profile.objects.create(slug=name.lower(), name=name)
    profile.offerings.set(offerings)
    return profile


def ordered(cast, offering, *, by=None, at=AT, **more):
    return order(offering=offering, by=by or cast.carol, at=at, **more)


def tasks(ticket):
    rows = Task.objects.filter(ticket=ticket).select_related("team", "automatic")
    return {task.title: task for task in rows.order_by("stage", "position")}
