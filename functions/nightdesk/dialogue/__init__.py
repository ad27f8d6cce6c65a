"""The parts of the clerk: what was meant, what is known so far, and how it is said."""
