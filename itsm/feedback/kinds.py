"""The kinds of event of feedback. Marks are numbers; words and answers stay in rows."""

ASK = "feedback.ask"  # on the ticket: asked: [null, person id]
GIVE = "feedback.give"  # satisfaction, effort; has_words
ANSWER = "feedback.answer"  # answered: [false, true]
REDACT = "feedback.redact"  # why: [null, id of a text]
