"""The Process Backlog: an Agile Process Owner's stories, sprints and increments."""
