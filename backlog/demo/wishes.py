"""The stories of the demo's four backlogs, and the backbones of their maps."""

from backlog.demo.changes import CHANGE
from backlog.demo.desk import INCIDENT, PROBLEM, REQUEST

ACTIVITIES = {
    "change": ("Describe", "Assess", "Approve", "Schedule", "Implement", "Learn"),
    "incident": ("Report", "Find an owner", "Solve", "Keep informed", "Verify"),
    "request": ("Choose", "Approve", "Fulfil", "Hand over"),
    "problem": ("Notice", "Understand", "Work round", "Fix for good"),
}
WISHES = {
    "change": CHANGE,
    "incident": INCIDENT,
    "request": REQUEST,
    "problem": PROBLEM,
}
