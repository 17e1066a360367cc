"""What became of the events that each source sent, minute by minute."""
