"""What people write while they work on a ticket, and what problems say."""

NOTES = (
    "Same pattern as last week; I link them when there is a third.",
    "Tried the usual: restart, other cable, other account. None of it helped.",
    "Logs attached to the machine's folder, nothing unusual before 09:12.",
    "Called, no answer; trying again after lunch.",
)
QUESTIONS = (
    "Does it also happen when you are in the office?",
    "Could you tell me the name on the label at the back of the device?",
    "Since when exactly, and did anything change that day?",
    "Is it only you, or your neighbours too?",
)
ANSWERS = (
    "Only at my desk, the others are fine.",
    "The label says LT-4471.",
    "Since Tuesday, after the update I think.",
    "Two colleagues have it as well.",
)
NOT_YET = (
    "It worked for an hour and came back, sorry.",
    "Still the same this morning.",
)
PROBLEMS = (
    (
        "erp",
        "Order list slows down after each month end",
        "Table statistics are stale once the month's orders are archived.",
        "Refresh the statistics by hand",
    ),
    (
        "printing",
        "Print queue sticks on Mondays",
        "The spooler keeps jobs whose printer was switched off over the weekend.",
        "Clear the queue at seven",
    ),
    (
        "telephony",
        "Outside calls drop after 30 seconds",
        "The voice gateway waits for an answer that the carrier no longer sends.",
        "none",
    ),
    (
        "files",
        "Quota warnings come a day late",
        "Warnings are computed from the backup's figures, not from the live ones.",
        "none",
    ),
    (
        "e-mail",
        "Greylisting delays known customers",
        "The list of known senders is not shared between the two gateways.",
        "Add senders by hand on both gateways",
    ),
)
