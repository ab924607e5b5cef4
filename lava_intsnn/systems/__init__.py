"""Networks as connected Lava Processes, and the sessions that run them."""
