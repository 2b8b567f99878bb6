"""Moving viewers to the secondary on purpose, and back: the switch, what must be true first, and the steps."""
