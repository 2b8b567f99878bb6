"""Drills of a fleet: hosts that read a site through the client while they, or a region, are cut off."""
