"""One verb on many tickets: item by item, told item by item, undone for a minute."""
