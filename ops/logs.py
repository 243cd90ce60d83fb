"""How processes and commands log: one line per event, on standard error, ids and words only."""

import logging
import sys
import traceback
from typing import Literal, TextIO

import structlog
from structlog.typing import ExcInfo, Processor

from engine.broker.connection import quiet_pika

Format = Literal["console", "json"]


def configure_logs(
    form: Format, *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send our own lines and those of libraries the same way; called once per process.

    level   what is less is not logged: processes tell what they do, commands only what is wrong
    stream  default: standard error
    """
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(places),
    ]
    draw: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=target.isatty(), pad_event_to=0)
    )
    structlog.configure(
        processors=[*shared, draw],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(target),
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, draw],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))  # of libraries only what is wrong
    quiet_pika()


def places(exc_info: ExcInfo) -> str:
    """Return what an exception is and where it was, without its text, which may quote anything."""
    kind, error, _ = exc_info
    frames = traceback.extract_tb(error.__traceback__)
    where = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    return f"{kind.__name__}\n{where}"
