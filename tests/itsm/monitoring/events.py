"""Sources for tests, and signals as formats read them."""

from itsm.monitoring import keys
from itsm.monitoring.formats.base import Action, Signal
from itsm.monitoring.models import Source
from people.models import Service, User
from people.roles import Role
from tests.factories import AT


def a_machine(name="Prometheus"):
    """A service account as a source acts through."""
    slug = name.lower().replace(" ", "-")
    return User.objects.create_user(
        f"{slug}@machines.invalid",
        name=name,
        roles=[Role.AGENT],
        is_machine=True,
        created_at=AT,
    )


def a_source(name="Prometheus", *, service=None, key="", **fields):
    """A source with its account; `keys.read(source)` is its key."""
    service = service or Service.objects.order_by("pk").first()
    source = Source(
        slug=name.lower().replace(" ", "-"),
        name=name,
        service=service,
        account=a_machine(name),
        created_at=AT,
        **fields,
    )
    keys.give(source, key or keys.make())
    source.save()
    return source


def signal(key="disk-full", action="trigger", **fields):
    """What a format reads out of a body."""
    return Signal(
        action=Action(action),
        key=key,
        summary=fields.pop("summary", "Disk is full"),
        **fields,
    )
