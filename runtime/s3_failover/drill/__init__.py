"""What every drill shares: what must happen, what was seen, when, and whether it passed; report, page and picture."""
