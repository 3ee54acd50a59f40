"""Ways out and what leaves on them, for administrators: verbs, pages, REST."""
