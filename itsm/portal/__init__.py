"""The portal: report, order, follow, answer, approve, in plain words."""
