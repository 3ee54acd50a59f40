"""The order of a clock's warnings, escalations and miss."""

from datetime import timedelta

from itsm.sla.steps import Step, steps

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def escalating(**when):
    return {"when": when, "promise": "any", "who": ["lead"], "channel": "inbox"}


def test_without_an_agreement_there_is_one_warning_at_three_quarters():
    assert steps(4 * HOUR) == (Step("warn", 3 * HOUR, 75), Step("miss", 4 * HOUR))


def test_steps_come_in_the_order_of_the_time_used():
    escalations = [
        escalating(after="PT1H"),
        escalating(before="PT30M"),
        escalating(share=50),
    ]
    assert steps(4 * HOUR, (90, 50), escalations) == (
        Step("warn", 2 * HOUR, 50),
        Step("escalate", 2 * HOUR, 2),
        Step("escalate", 3 * HOUR + 30 * MINUTE, 1),
        Step("warn", 3 * HOUR + 36 * MINUTE, 90),
        Step("miss", 4 * HOUR),
        Step("escalate", 5 * HOUR, 0),
    )


def test_a_step_before_a_short_target_comes_at_its_beginning():
    found = steps(10 * MINUTE, (), [escalating(before="PT30M")])
    assert found == (Step("escalate", 0 * MINUTE, 0), Step("miss", 10 * MINUTE))


def test_a_whole_share_is_heard_of_before_the_miss():
    found = steps(HOUR, (), [escalating(share=100)])
    assert [step.kind for step in found] == ["escalate", "miss"]


def test_a_day_is_eight_hours():
    assert steps(HOUR, (), [escalating(after="P1D")])[-1].at == 9 * HOUR


def test_escalations_of_other_promises_are_left_out_and_keep_their_places():
    escalations = [
        {**escalating(share=50), "promise": "response"},
        {**escalating(share=60), "promise": "resolution"},
    ]
    found = steps(HOUR, (), escalations, promise="resolution")
    assert found[0] == Step("escalate", 36 * MINUTE, 1)
    assert len(found) == 2
