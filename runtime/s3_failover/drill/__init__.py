"""What every drill shares: what must happen, what was seen, when, and whether it held; report, page and picture."""
