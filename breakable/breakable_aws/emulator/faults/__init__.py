"""What an outage looks like to everyone at once."""
