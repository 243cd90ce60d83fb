"""The gateway: what persons and mail programs reach over HTTP, which is their way out.

Read ``app`` first (what is served), then ``unsubscribe`` (what a request means), ``guard`` (whom
to believe, and how much of it), ``recorder`` (how an opposition is committed before it is
confirmed), ``protocol`` and ``serving`` (limits of time and size, start and stop).
"""
