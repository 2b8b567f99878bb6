"""The way back after an outage: what must be true first, the steps, and a hold that keeps viewers where they are."""
