"""What clients and browsers say about consent, read from its many formats. Pure: no Django, no database."""
