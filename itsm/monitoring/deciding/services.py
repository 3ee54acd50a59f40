"""What depends on what, as far as a group of alerts asks. Pure."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence


class Graph:
    """Services and what each needs; a circle does no harm."""

    def __init__(self, needs: Mapping[int, Sequence[int]]) -> None:
        self._needs = needs
        self._reach: dict[int, Mapping[int, int]] = {}

    def reach(self, service: int) -> Mapping[int, int]:
        """The service and all it depends on, with how many steps away it is."""
        found = self._reach.get(service)
        if found is None:
            steps, ahead = {service: 0}, deque([service])
            while ahead:
                here = ahead.popleft()
                for other in self._needs.get(here, ()):
                    if other not in steps:
                        steps[other] = steps[here] + 1
                        ahead.append(other)
            found = self._reach[service] = steps
        return found

    def shared(self, services: Collection[int]) -> set[int]:
        """What all of them depend on or are."""
        reaches = [set(self.reach(service)) for service in services]
        return set.intersection(*reaches) if reaches else set()

    def lowest(self, services: Sequence[int]) -> int | None:
        """What is probably wrong: of what all depend on the nearest.

        One of themselves before any other. Where several others are as near, none
        is more likely than the rest: the first of themselves.
        """
        shared = self.shared(services)
        if not shared:
            return None
        itself = shared.intersection(services)
        ranked = sorted((self._far(one, services), one) for one in itself or shared)
        if not itself and len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
            return services[0]
        return ranked[0][1]

    def _far(self, one: int, services: Sequence[int]) -> int:
        return sum(self.reach(service)[one] for service in services)
