"""The screens about those who work here, and everybody's own preferences."""
