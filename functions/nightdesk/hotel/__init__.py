"""What a hotel is and what it can offer: facts, prices, availability, and the ports to where those are kept."""
