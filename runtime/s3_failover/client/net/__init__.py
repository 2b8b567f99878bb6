"""One attempt on the wire: what is sent to one region, how long it may take, and what the answer means."""
