"""Finds what would stop or hurt a deployment before it starts: one module per subject; each changes nothing."""
