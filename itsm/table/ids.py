"""A record's `sys_id`: 32 hexadecimal digits made of what it is and its id.

It needs no column, stays the same for ever and tells nothing that a number does not:
who may see the record is asked each time. Tickets share one kind, so that a ticket
that is converted keeps its `sys_id`.
"""

import hashlib
import re

TICKET, ITEM, USER = "task", "sc_req_item", "sys_user"
TEAM, SERVICE, FILE = "sys_user_group", "cmdb_ci", "sys_attachment"
KINDS = (TICKET, ITEM, USER, TEAM, SERVICE, FILE)
SHAPE = re.compile(r"[0-9a-f]{32}")
BIGGEST = 2**63 - 1
HEADS = {kind: hashlib.sha256(kind.encode()).hexdigest()[:16] for kind in KINDS}


def sys_id(kind: str, pk: int) -> str:
    """The `sys_id` of a row."""
    return f"{HEADS[kind]}{pk:016x}"


def pk_of(kind: str, text: str) -> int | None:
    """The row that a `sys_id` means; None where it means none of this kind."""
    text = text.strip().lower()
    if not SHAPE.fullmatch(text) or not text.startswith(HEADS[kind]):
        return None
    pk = int(text[16:], 16)
    return pk if 0 < pk <= BIGGEST else None
