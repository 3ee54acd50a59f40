"""Times in which only named models of change may go."""
