"""``chappe doctor``: looks at an installation from all sides and says what to mend.

Read ``findings`` first, then ``rounds``; the other modules are the checks, one subject each.
"""
