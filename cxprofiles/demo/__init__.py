"""The demonstration: a shop with five channels and three systems of customer records, told to a real service.

It starts the service as an operator does, speaks to it as channels do (through a published client) and reads what
came of it as other systems do (through the API). It has no way in of its own.
"""
