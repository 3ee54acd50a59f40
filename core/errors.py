"""What can be wrong, in the words a person reads. Doors turn these into answers."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_noop


class Refused(Exception):
    """An action that did not happen: nothing was written. `detail` says why."""

    status = 409
    title = gettext_noop("Not possible now")

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = str(detail)


class Forbidden(Refused):
    """The person sees it but may not do this."""

    status = 403
    title = gettext_noop("Not yours to do")


class Stale(Refused):
    """Somebody saved a newer version in between."""

    status = 412
    title = gettext_noop("Somebody saved a newer version")

    def __init__(
        self, detail: str, *, current: str, versions: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(detail)
        self.current = current
        self.versions = dict(versions or {})  # both, by field, where a door tells them


class WrongState(Refused):
    """The verb does not exist where the subject stands; `allowed` do."""

    status = 409
    title = gettext_noop("Not possible in this state")

    def __init__(self, detail: str, *, allowed: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.allowed = list(allowed)


class Invalid(Refused):
    """Fields that are missing, unknown or wrong: `{field: [sentence, …]}`."""

    status = 422
    title = gettext_noop("Some fields need another look")

    def __init__(self, errors: Mapping[str, Sequence[str]], detail: str = "") -> None:
        self.errors = {name: [str(s) for s in found] for name, found in errors.items()}
        first = next((s for found in self.errors.values() for s in found), "")
        super().__init__(detail or first)


class Moved(Exception):
    """What an address named has another one now; the same method is for that one."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to
