"""Route 53's API: zones, record sets and health checks; what answers DNS is a process of its own."""
