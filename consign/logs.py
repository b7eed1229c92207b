"""Logs: one line an event on standard error, ids and order numbers only, no personal data (RELIABILITY §8).

Every line, also of a library, passes the mask: mail addresses keep their domain, phones and street numbers nothing.
Control characters in values are escaped by the renderer (attack row 34).
"""

import logging
import re
import sys
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor

# Bounded repetitions only: a line of any length is masked in linear time.
ADDRESS = re.compile(r"[\w.+'=/-]{1,64}@(?=[\w-])", re.ASCII)
PHONE = re.compile(
    r"(?<![\w.-])(?:\+?86[ -]?)?(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8}|400[ -]?\d{3}[ -]?\d{4})(?![\w-])"
)
SHORTEST_PHONE = 10  # characters: 400 and seven digits, or an area code of three and seven
STREET = re.compile(r"[\u4e00-\u9fff]{2,30}[0-9０-９]{1,6}[号弄栋幢室]")
OWN_WORDS = frozenset({"event", "level", "timestamp", "logger", "daemon"})  # names and times of ours, never from a mail
LONGEST, LONGEST_TRACEBACK = 1000, 8000  # characters of one value (attack row 34); of a traceback its end
LOUD = {"apscheduler": logging.WARNING, "uvicorn": logging.WARNING, "alembic": logging.WARNING}


def masked(text: str) -> str:
    """The text without mail addresses (their domains stay), phone numbers and street addresses.

    Most values of a line are a word of ours: what cannot hold one of them is not searched.
    """
    if "@" in text:
        text = ADDRESS.sub("***@", text)
    if len(text) >= SHORTEST_PHONE:
        text = PHONE.sub("<phone>", text)
    return text if text.isascii() else STREET.sub("<place>", text)


def cut(text: str, longest: int = LONGEST) -> str:
    """A text of bounded length; what is left out is said."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        return masked(cut(value))
    if isinstance(value, dict):
        return {key: _mask(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask(part) for part in value]
    return value if isinstance(value, int | float | bool | type(None)) else masked(cut(str(value)))


def mask_personal_data(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Masks every value of a line but our own words; the event itself is masked where a library wrote it."""
    own = OWN_WORDS if "logger" not in line else OWN_WORDS - {"event"}
    told = {key: value if key in own else _mask(value) for key, value in line.items() if key != "exception"}
    traceback = line.get("exception")  # its end names the error
    return told if traceback is None else told | {"exception": masked(str(traceback)[-LONGEST_TRACEBACK:])}


def set_up_logs(style: Literal["json", "human"] = "json") -> None:
    """Structured lines on standard error, of consign and of the libraries alike."""
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [structlog.processors.format_exc_info, mask_personal_data, _renderer(style)]
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, structlog.stdlib.add_logger_name], processors=[strip, *last]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name, level in LOUD.items():
        logging.getLogger(name).setLevel(level)


def _renderer(style: str) -> Processor:
    if style == "human":
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    return structlog.processors.JSONRenderer(ensure_ascii=False)
