"""The two hot doors: intake over HTTP and recognition, in front of Django in the same process.

Each door is one function of what the request said and an `Execute`; `cxprofiles.api` calls the same functions
from plain Django views, so that both give the same bytes.
"""
