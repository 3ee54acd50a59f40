"""Tickets with their history, in from other tools and out again.

Sources (`uci`, `eventlog`, `snapshots`) read rows; `staging` keeps them grouped by
ticket; `roster` finds or makes the people and places they name; `building` turns each
ticket's rows into a ticket and its events; `writing` copies them in; `importing` runs
it all. `findings` asks the log what came in. Exports live in `export_*`.
"""
