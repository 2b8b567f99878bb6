"""Outages made on purpose in an account: written down first, undone whatever happens, judged as every drill is."""
