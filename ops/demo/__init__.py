"""``chappe demo``: whole campaigns with made-up people, played from their import to forgetting."""
