"""The story map: activities and steps across, increments down, stories in between."""
