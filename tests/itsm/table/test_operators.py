"""What each operator finds, among four incidents that differ."""

from datetime import timedelta

import pytest

from itsm.table import ids
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from tests.cast import AT
from tests.factories import an_incident, later, resolved, taken
from tests.itsm.table.conftest import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def four(cast):
    """One new, one of Bob's, one resolved, one that waits; answers their numbers."""
    cast.carol.email = "Carol@demo.example"
    cast.carol.save()
    vpn, printing = cast.services["vpn"], cast.services["printing"]
    new = an_incident(
        cast, title="Printer 100% jammed", service=printing, at=AT - timedelta(hours=1)
    )
    mine = taken(cast, an_incident(cast, title="VPN drops", service=vpn, impact="high"))
    done = resolved(cast, an_incident(cast, title="Mail is slow", service=vpn))
    waits = an_incident(
        cast,
        by=cast.bob,
        requester=cast.mallory,
        title="vpn_gone ^ away",
        team=cast.teams["network"],
        category=cast.categories["mail"],
        external_ref="ZBX-17",
    )
    waits = actions.wait(ticket=waits, by=cast.bob, at=later(5), reason="supplier")
    Ticket.objects.filter(pk=done.pk).update(parent=mine)
    return {t.number: n for t, n in zip((new, mine, done, waits), "nmdw", strict=True)}


def user(cast, name: str) -> str:
    return ids.sys_id(ids.USER, cast.people[name].pk)


QUERIES = {
    # texts: whatever their case; % and _ are letters
    "short_description=vpn DROPS": "m",
    "short_description!=VPN drops": "ndw",
    "short_descriptionLIKEvpn": "mw",
    "short_descriptionLIKE100%": "n",
    "short_descriptionLIKEn_g": "w",
    "short_descriptionLIKE%": "n",
    "short_descriptionNOT LIKEvpn": "nd",
    "short_descriptionSTARTSWITHMail": "d",
    "short_descriptionENDSWITHED": "n",
    "short_descriptionENDSWITH^^ away": "w",
    "short_descriptionINVPN drops,Mail is slow": "md",
    "short_descriptionNOT INVPN drops,Mail is slow": "nw",
    "short_descriptionISEMPTY": "",
    "short_descriptionISNOTEMPTY": "nmdw",
    "descriptionISEMPTY": "nmdw",
    "description=": "nmdw",
    "short_description>N": "nmw",
    "categoryISEMPTY": "nmd",
    "category=mail": "w",
    "category!=mail": "nmd",
    "correlation_id=ZBX-17": "w",
    "correlation_idINZBX-17,x": "w",
    "correlation_idISEMPTY": "nmd",
    # choices: by ServiceNow's numbers
    "state=1": "n",
    "state!=1": "mdw",
    "stateIN1,2,9": "nm",
    "stateNOT IN1,2": "dw",
    "state>2": "dw",
    "state>=2": "mdw",
    "state<6": "nmw",
    "state<=2": "nm",
    "stateBETWEEN2@3": "mw",
    "state=In Progress": "",
    "stateISEMPTY": "",
    "stateISNOTEMPTY": "nmdw",
    "u_state=in_progress": "m",
    "active=true": "nmw",
    "active=false": "d",
    "active!=true": "d",
    "priority=2": "m",
    "priority<4": "m",
    "impactIN1": "m",
    "hold_reason=4": "w",
    "hold_reasonISEMPTY": "nmd",
    "hold_reason=nonsense": "",
    "contact_type=self-service": "nmd",
    "close_notesLIKErestarted": "d",
    "sys_class_name=incident": "nmdw",
    "sys_class_name!=incident": "",
    "sys_class_name=problem": "",
    "sys_class_name=incident^ORstate=1": "nmdw",
    # references: by sys_id, or by part of the name
    "assigned_to={bob}": "md",
    "assigned_to!={bob}": "nw",
    "assigned_toIN{bob},{alice}": "md",
    "assigned_toNOT IN{bob}": "nw",
    "assigned_toISEMPTY": "nw",
    "assigned_to=": "nw",
    "assigned_toISNOTEMPTY": "md",
    "assigned_to=bob": "",
    "assigned_toLIKEBo": "md",
    "caller_idSTARTSWITHmal": "w",
    "caller_id.email=carol@DEMO.example": "nmd",
    "caller_id.user_nameLIKEmallory": "w",
    "caller_id.name!=Carol": "w",
    "caller_id.sys_id={mallory}": "w",
    "assignment_group.name=Network": "w",
    "assignment_group.nameISEMPTY": "nmd",
    "assignment_group.name!=Network": "nmd",
    "business_service.name=VPN": "md",
    "cmdb_ciISEMPTY": "w",
    "parentISEMPTY": "nmw",
    "parentISNOTEMPTY": "d",
    # instants, to the second
    "opened_at=2026-03-02 09:00:00": "mdw",
    "opened_at<2026-03-02 09:00:00": "n",
    "opened_at<=2026-03-02 08:00:00": "n",
    "opened_at>2026-03-02 08:00:00": "mdw",
    "opened_at>=2026-03-02 08:00:00": "nmdw",
    "opened_at>=2026-03-02": "nmdw",
    "opened_at>2026-03-03": "",
    "opened_atBETWEEN2026-03-02 07:00:00@2026-03-02 08:00:00": "n",
    "opened_atIN2026-03-02 08:00:00,2026-03-02 08:00:01": "n",
    "resolved_atISEMPTY": "nmw",
    "resolved_at!=2026-03-02 09:00:00": "nmdw",
    # whole numbers
    "reopen_count=0": "nmdw",
    "sys_mod_count>1": "mdw",
    "reassignment_countBETWEEN-1@0": "nmdw",
    "reassignment_countIN1,2": "",
    # together: ^OR holds to the condition before it, ^NQ begins anew
    "state=1^ORstate=2": "nm",
    "active=true^state=1^ORpriority=2": "nm",
    "state=1^ORpriority=2^active=false": "",
    "state=6^NQstate=1^active=true": "nd",
    "state=6^active=true^NQstate=1": "n",
    "active=true^stateNOT IN1^short_descriptionLIKEvpn": "mw",
}


@pytest.mark.parametrize("text", QUERIES)
def test_a_query_finds(cast, desk, four, text):
    names = {name: user(cast, name) for name in ("bob", "alice", "mallory")}
    found = desk(cast.bob).numbers(text.format(**names))
    assert "".join(sorted(four[number] for number in found)) == "".join(
        sorted(QUERIES[text])
    )


def test_a_number_and_a_sys_id_find_theirs(cast, desk, four):
    bob = desk(cast.bob)
    first, second = sorted(four)[:2]
    [told] = bob.find("incident", f"number={first.lower()}")
    assert told["number"] == first
    assert bob.numbers(f"sys_id={told['sys_id'].upper()}") == {first}
    assert bob.numbers(f"numberIN{first},{second}") == {first, second}
    assert bob.numbers("sys_id=" + "0" * 32) == set()
    user = ids.sys_id(ids.USER, Ticket.objects.get(number=first).pk)
    assert bob.numbers(f"sys_id={user}") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ORDERBYshort_description", "dnmw"),
        ("ORDERBYDESCopened_at^ORDERBYDESCnumber", "wdmn"),
        ("ORDERBYpriority^ORDERBYnumber", "mdnw"),
        ("active=true^ORDERBYDESCcaller_id^ORDERBYnumber", "wnm"),
    ],
)
def test_rows_are_sorted(cast, desk, four, text, expected):
    found = [four[row["number"]] for row in desk(cast.bob).find("incident", text)]
    wanted = list(expected)
    if "priority" in text:  # of one priority by number
        assert found[0] == "m"
        assert sorted(found) == sorted(wanted)
    else:
        assert found == wanted


UNKNOWN = [
    *(
        "colour=red",
        "u_secret=1",
        "ORDERBYcolour",
        "ORDERBYDESCwork_notes",
        "password=x",
    ),
    *("caller_id.password=x", "caller_id.manager.name=x", "caller_id.roles=x"),
    *("parent.number=INC-1", "commentsLIKEx", "work_notesISEMPTY", "ORDERBYparent"),
    *("assigned_to>1", "opened_atLIKE2026", "opened_at=yesterday", "state^state=1"),
    *(
        "opened_at=2026-13-45",
        "opened_at>99999-01-01",
        "reopen_count=x",
        "sys_idISEMPTY",
    ),
    *("reopen_count=" + "9" * 40, "reopen_countLIKE1", "requester=x", "owner__email=x"),
    *("sys_idLIKEa", "sys_class_nameLIKEi", "ORDERBYsys_class_name", "title=x"),
]


@pytest.mark.parametrize("text", UNKNOWN, ids=[t[:30] for t in UNKNOWN])
def test_what_is_not_known_is_refused_rather_than_left_out(cast, desk, text):
    assert refused(desk(cast.bob).ask("incident", text), 400)


INJECTIONS = [
    "short_description=' OR '1'='1",
    "short_descriptionLIKE'; DROP TABLE itsm_ticket; --",
    "number=INC-1' UNION SELECT password FROM people_user --",
    "state=1) OR (1=1",
    "stateIN1','2",
    "assigned_to=0 OR 1=1",
    'caller_id.name="; SELECT pg_sleep(5)',
    "short_description=%s%(x)s{0}",
    "short_descriptionENDSWITH\\",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_sql_is_a_word_like_any_other(cast, desk, four, text):
    assert desk(cast.bob).numbers(text) == set()
    assert Ticket.objects.count() == 4


def test_a_parameter_named_as_a_field_narrows_too(cast, desk, four):
    bob = desk(cast.bob)
    path = "/api/now/table/incident?state=1&foo=bar&utm_source=x"
    found = bob.client.get(path, headers=bob.headers).json()["result"]
    assert [four[row["number"]] for row in found] == ["n"]
    both = f"{path}&sysparm_query=state=2"
    assert bob.client.get(both, headers=bob.headers).json()["result"] == []
