"""The embedded AWS: starts it on loopback, deploys to it, publishes to it and reads back what it serves."""
