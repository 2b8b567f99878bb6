"""Listeners, doors, host names and TLS: how requests come in."""
