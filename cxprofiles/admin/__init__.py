"""The configuration in Django's admin. Each save goes through the same function as the API's, and is audited.

Django imports this module; its parts register their pages when they are imported.
"""

from cxprofiles.admin import changes, purposes, requests, rules, sources, tokens

__all__ = ["changes", "purposes", "requests", "rules", "sources", "tokens"]
