"""The kinds of event of steps. On the ticket stands `ticket.task`, as for any task;
these are about one task, for those who have to do it."""

BEGIN = "task.begin"  # team, due: its stage's turn came
LATE = "task.late"  # team, due: once
FAIL = "task.fail"  # team, why: the automatic step waits for somebody
LATE_ANSWER = "task.late_answer"  # team, ok: after its time
RETRY = "task.retry"  # by hand
