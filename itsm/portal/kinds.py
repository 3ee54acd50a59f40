"""The kinds of event that the portal adds to a ticket's. None is public."""

ANNOUNCE = "ticket.announce"  # outage: [old, new]: shown, wording, expected
ME_TOO = "ticket.me_too"  # affected
NOT_ME = "ticket.not_me"  # affected
