"""The timeline as staff read it: pages in both directions, lanes by channel, one interaction, and why it is there.

Unlike `profiles.timeline`, which answers a purpose, nothing is left out here: what an event refuses is said beside it.
"""
