"""Work that a person started and that goes on after the answer: exports, bulk changes.

A room derives its own model from `Job`, says in `step()` what one batch does, and
registers the model. Celery is only poked and beat pokes again every second; whatever is
killed, the row still says what is left. A worker claims a job with SKIP LOCKED, stamps
it after each batch, and gives it up after a slice so that others get their turn; one
whose stamp is old was killed, and another worker goes on where the last batch ended.
"""

import logging
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)
SLICE = 0.5  # seconds of one job before others get their turn
SILENT = timedelta(seconds=30)  # without a stamp: its worker is gone
AGAIN_AFTER = timedelta(seconds=5)  # a batch that failed is tried again then
MOST_TRIES = 3
Clock = Callable[[], datetime]
_kinds: list[type["Job"]] = []


class Job(models.Model):
    """One piece of such work; `done` of `total`, in whatever a room counts.

    `step()` does one batch, a second of work at most, in transactions of its own, and
    counts with `count_done`. What it committed must not be done again when it is called
    again: a worker may be killed between any two statements.
    """

    class State(models.TextChoices):
        """Where it stands."""

        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stamped_at = models.DateTimeField(null=True)  # the last sign of life, or try
    runner = models.UUIDField(null=True)  # who works on it now
    tries = models.PositiveSmallIntegerField(default=0)  # of the batch that fails
    failure = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {self.State.DONE, self.State.FAILED}

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    def step(self, *, at: datetime) -> bool:
        """Do one batch; whether something is left."""
        raise NotImplementedError

    def ended(self, *, at: datetime) -> None:
        """Called in the transaction that says it is done, or has failed."""

    def count_done(self, n: int) -> None:
        """Add to `done`, in whatever transaction is open."""
        type(self)._base_manager.filter(pk=self.pk).update(done=F("done") + n)
        self.done += n


def register(model: type[Job]) -> None:
    """Let workers look for jobs of this kind."""
    if model not in _kinds:
        _kinds.append(model)


def poke() -> None:
    """Ask a worker to look; call it when the job's row has committed.

    A poke that is lost costs the second until beat's next.
    """
    from core.tasks import work_jobs

    try:
        work_jobs.apply_async(retry=False, expires=5, ignore_result=True)
    except Exception as error:  # Valkey may be away: beat pokes again
        log.warning("the workers were not poked: %s", error)


def start(job: Job) -> None:
    """Save a new job and poke a worker when it is committed."""
    job.save()
    transaction.on_commit(poke)


def work_off(*, clock: Clock = timezone.now, seconds: float = SLICE) -> bool:
    """Work on one job of each kind for a slice; whether something is left to do."""
    left = False
    for model in _kinds:
        job = _claim(model, clock())
        if job is not None:
            left = run(job, clock=clock, seconds=seconds) or left
    return left


def run(job: Job, *, clock: Clock = timezone.now, seconds: float = SLICE) -> bool:
    """Do batches of a claimed job for so long; whether something is left."""
    until = time.monotonic() + seconds
    while True:
        try:
            more = job.step(at=clock())
        except Exception:  # one bad job must not take the others down with it
            log.exception("%s %s failed in a batch", type(job).__name__, job.pk)
            return _failed(job, clock())
        if not more:
            _finish(job, clock(), Job.State.DONE)
            return False
        if not _stamp(job, clock()):
            return False  # somebody else took it over
        if time.monotonic() >= until:
            _release(job)
            return True


def claim(job: Job, *, at: datetime) -> bool:
    """Take this one job, so that no other worker does; for work in the request."""
    return _take(type(job)._base_manager.filter(pk=job.pk), job, at)


def _claim(model: type[Job], at: datetime) -> Any:
    rows = model._base_manager.filter(
        Q(state=Job.State.QUEUED)
        & (Q(stamped_at=None) | Q(tries=0) | Q(stamped_at__lt=at - AGAIN_AFTER))
        | Q(state=Job.State.RUNNING, stamped_at__lt=at - SILENT)
    ).order_by(F("stamped_at").asc(nulls_first=True), "pk")
    with transaction.atomic():
        found = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if found is None or not _take(
            model._base_manager.filter(pk=found.pk), found, at
        ):
            return None
    return found


def _take(rows: Any, job: Job, at: datetime) -> bool:
    runner = uuid4()
    free = Q(state=Job.State.QUEUED) | Q(
        state=Job.State.RUNNING, stamped_at__lt=at - SILENT
    )
    values = {
        "state": Job.State.RUNNING,
        "runner": runner,
        "stamped_at": at,
        "started_at": job.started_at or at,
    }
    if not rows.filter(free).update(**values):
        return False
    for name, value in values.items():
        setattr(job, name, value)
    return True


def _mine(job: Job) -> Any:
    return type(job)._base_manager.filter(
        pk=job.pk, runner=job.runner, state=Job.State.RUNNING
    )


def _stamp(job: Job, at: datetime) -> bool:
    """Say that the work goes on; False where it is somebody else's now."""
    job.stamped_at = at
    return bool(_mine(job).update(stamped_at=at, tries=0))


def _release(job: Job) -> None:
    if _mine(job).update(state=Job.State.QUEUED, runner=None):
        job.state, job.runner = Job.State.QUEUED, None


def _failed(job: Job, at: datetime) -> bool:
    """Keep what went wrong; try again later, at most so often."""
    job.tries += 1
    job.failure = traceback.format_exc()[-2000:]
    _mine(job).update(tries=job.tries, failure=job.failure, stamped_at=at)
    if job.tries >= MOST_TRIES:
        _finish(job, at, Job.State.FAILED)
    else:
        _release(job)
    return False


def _finish(job: Job, at: datetime, state: str) -> None:
    with transaction.atomic():
        values: dict[str, Any] = {"state": state, "finished_at": at, "runner": None}
        if state == Job.State.DONE:
            values |= {"failure": "", "tries": 0}
        if not _mine(job).update(**values):
            return
        for name, value in values.items():
            setattr(job, name, value)
        job.ended(at=at)
