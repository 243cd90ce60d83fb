"""Erasing a person: found wherever they may be, taken out, and nothing of them kept.

Read in this order: ``person`` (whom a row is about), ``work`` (a request in the hands of one
actor), ``steps`` (what is done, in which order), ``looking``, ``sealed_rows``, ``planned``,
``traces``.
"""
