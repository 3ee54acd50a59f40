"""Working hours: calendars that promises and processes count in."""
