"""Route 53's data plane on loopback: health checkers and authoritative DNS, over what is deployed.

It learns of checks and records through the Route 53 API of the embedded AWS, as Route 53's own data plane learns of
them from its control plane, and keeps working with what it knows when that is down.
"""
