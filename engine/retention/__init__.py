"""Forgetting on time: what ``policy.retention`` promises, carried out in small, repeatable steps.

Read ``sweeper`` first, then ``turns``; the other modules sweep one kind of data each.
"""
