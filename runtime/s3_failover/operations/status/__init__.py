"""The state of a site now: one module per subject. Each looks, changes nothing, and says what it cannot see."""
