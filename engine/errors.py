"""The root of every error that the engine raises on purpose."""


class EngineError(Exception):
    """Root of the engine's errors.

    A message says what is wrong, where, and what to do; it never holds an address, a name, a
    variable's value or content. Callers tell errors apart by class, never by text.
    """
