"""Who hears of stories and ideas; nobody of what they may not see."""

import pytest
from django.core.files.base import ContentFile

from backlog.stories import actions, late
from core.errors import Forbidden, Invalid
from notify import inbox
from tests.cast import AT
from tests.factories import PNG, an_incident, as_, later
from tests.notify.conftest import LATE, forget, heard, mailed, read_log


@pytest.fixture
def idea(cast, process):
    return actions.give_idea(
        process=process, by=cast.carol, at=AT, text="Remember my number."
    )


def test_the_owner_hears_of_an_idea_and_who_gave_it_of_the_answer(cast, idea):
    read_log()
    assert heard(cast.dana) == ["idea.given"]
    assert heard(cast.carol) == []
    actions.decline_idea(idea=idea, by=cast.bob, at=later(1), answer="No room for it")
    read_log()
    assert heard(cast.carol) == ["idea.answered"]
    assert "idea.answered" in mailed(cast.carol)
    [(_day, [line])] = inbox.of(cast.carol, at=LATE).days
    assert line.sentences == ["Bob answered your idea"]
    assert line.excerpt == "No room for it"
    assert line.url == f"/backlog/ideas/{idea.pk}/"


def test_the_owner_hears_once_that_an_idea_waits_too_long(cast, idea):
    read_log()
    forget()
    for _time in range(2):
        late.sweep(at=idea.answer_by)
        read_log(at=idea.answer_by)
    assert heard(cast.dana) == ["idea.late"]


def test_who_is_named_and_who_watches_hear_of_a_remark(cast, write):
    story = write()
    actions.watch(story=story, by=cast.alice, at=later(1))
    actions.remark(story=story, by=cast.dana, at=later(2), body="Is it so, @bob?")
    read_log()
    assert heard(cast.bob) == ["story.named"]
    assert heard(cast.alice) == ["story.remark"]
    assert heard(cast.dana) == []
    forget()
    actions.remark(story=story, by=cast.bob, at=later(3), body="Yes.")
    read_log()
    assert heard(cast.dana) == ["story.remark"]


def test_a_remark_that_was_taken_out_does_not_leave(cast, write):
    story = write()
    actions.watch(story=story, by=cast.alice, at=later(1))
    said = actions.remark(story=story, by=cast.bob, at=later(2), body="Secret words")
    actions.redact_remark(said=said, by=cast.dana, at=later(3), why="Too much")
    read_log()
    page = as_(cast.alice).get("/notifications/").content.decode()
    assert "Secret words" not in page
    story_page = f"/backlog/incident/stories/{story.number}/"
    assert "Secret words" not in as_(cast.alice).get(story_page).content.decode()
    with pytest.raises(Forbidden):
        actions.redact_remark(said=said, by=cast.bob, at=later(4), why="Me too")


def test_evidence_is_shown_only_to_who_may_see_it(cast, write):
    ticket = an_incident(cast, title="Payroll is wrong", restricted=False)
    story = write()
    actions.add_evidence(
        story=story,
        by=cast.dana,
        at=later(1),
        subject_type="ticket",
        subject_id=ticket.pk,
    )
    page = f"/backlog/incident/stories/{story.number}/"
    beside = f"/incidents/{ticket.number}/"
    assert ticket.number in as_(cast.alice).get(page).content.decode()
    assert story.title in as_(cast.alice).get(beside).content.decode()
    type(ticket).objects.filter(pk=ticket.pk).update(restricted=True)
    text = as_(cast.erin).get(page).content.decode()
    assert "Payroll" not in text
    assert ticket.number not in text
    assert "1 more that you may not see" in text


def test_what_nobody_sees_is_no_evidence(cast, write):
    story = write()
    for kind, pk in (("ticket", 10**9), ("user", cast.bob.pk), ("nonsense", 1)):
        with pytest.raises(Invalid):
            actions.add_evidence(
                story=story, by=cast.dana, at=later(1), subject_type=kind, subject_id=pk
            )


def test_a_story_is_made_of_a_ticket_and_stays_linked(cast, process):
    ticket = an_incident(cast)
    client = as_(cast.bob)
    choice = client.get(f"/backlog/new/?of=ticket:{ticket.pk}").content.decode()
    address = f"/backlog/incident/new/?of=ticket:{ticket.pk}"
    assert address in choice
    assert ticket.title in client.get(address).content.decode()
    client.post(address, {"title": "Shorter forms"})
    story = process.stories.get()
    assert story.evidence.get().subject_id == ticket.pk
    assert as_(cast.mallory).get(address).status_code == 404


def test_a_file_is_for_who_sees_the_story(cast, write):
    story = write()
    actions.attach(
        story=story, by=cast.dana, at=later(1), file=ContentFile(PNG, name="map.png")
    )
    page = f"/backlog/incident/stories/{story.number}/files/{story.files.get().pk}/"
    answer = as_(cast.alice).get(page)
    assert b"".join(answer.streaming_content) == PNG
    assert "sandbox" in answer["Content-Security-Policy"]
    assert as_(cast.carol).get(page).status_code == 404


def test_a_story_is_split_in_its_place_and_merged_without_loss(cast, process, write):
    write("Before")
    whole = write("Whole", criteria=["One"])
    write("After")
    parts = [{"title": "First half"}, {"title": "Second half", "criteria": ["Two"]}]
    first, second = actions.split_story(
        story=whole, by=cast.dana, at=later(1), parts=parts
    )
    order = process.stories.filter(state="open").order_by("rank")
    assert [one.title for one in order] == [
        *("Before", "First half", "Second half", "After")
    ]
    assert {one.links.get().target for one in (first, second)} == {whole}
    actions.merge_story(story=second, into=first, by=cast.dana, at=later(2))
    assert [one.text for one in first.criteria.all()] == ["Two"]
    with pytest.raises(Invalid):
        actions.merge_story(story=first, into=first, by=cast.dana, at=later(3))
