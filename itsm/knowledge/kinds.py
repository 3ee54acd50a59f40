"""The kinds of event an article can have. None is public: requesters see no history.

`wording` holds numbers of versions; `ticket` ids; other values are plain or ids.
"""

WRITE = "article.write"  # wording, audience, service, owner, review_on …: made
EDIT = "article.edit"  # the same, as far as changed
PUBLISH = "article.publish"  # state
RETIRE = "article.retire"  # state
RESTORE = "article.restore"  # state
LINK = "article.link"  # ticket: [null, id]
UNLINK = "article.unlink"  # ticket: [id, null]
USE = "article.use"  # helped: [null, true or false], ticket
REDACT = "article.redact"  # why: [null, id of a text]
