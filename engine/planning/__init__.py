"""Planning: from rows to sealed blocks and batches, in chunks that can be taken up anywhere.

Read in this order: ``cursor`` (where planning stands), ``rows`` (a row becomes a recipient),
``passes`` (who is a duplicate), ``cutting`` (blocks), ``chunk`` (the steps, each one transaction),
``ending`` (planned, empty, stopped).
"""

from engine.planning.chunk import plan_chunk

__all__ = ["plan_chunk"]
