"""Working on one ticket together: who is here, two saves, hand-over by consent."""
