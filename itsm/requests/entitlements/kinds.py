"""The kinds of event of entitlements; the subject is the entitlement."""

GIVE = "entitlement.give"  # person, service, order, expires_at
RENEW = "entitlement.renew"  # expires_at, order
EXPIRING = "entitlement.expiring"  # expires_at: told once, two weeks before
END = "entitlement.end"  # why: order, expired, owner
CONFIRM = "entitlement.confirm"  # confirm_by
ASKED = "entitlement.asked"  # service, count: its owner is asked to confirm so many
UNCONFIRMED = "entitlement.unconfirmed"  # service, count: nobody did in time
