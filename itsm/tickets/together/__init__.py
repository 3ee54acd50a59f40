"""Working on one ticket together: who is here, two saves at once, hand-over by consent."""
