"""The load generator: simulated callers at one end of a relay, a fake engine at the other, both in one process."""
