"""Sources: how they are, what they send, what of it was not understood, their keys, and how to connect a client."""
