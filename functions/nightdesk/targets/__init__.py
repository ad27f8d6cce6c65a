"""One module per deployed function: its routes, and nothing that another function needs."""
