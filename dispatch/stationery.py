"""Puts words on paper: a letter's text and HTML from the templates of its language, compiled once.

A name that is not known in a template is an error (StrictUndefined), values are never templates themselves, and all
values are escaped in HTML.
"""

from dataclasses import replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup, escape

from dispatch.draft import Draft, Purpose
from dispatch.letterhead import House, Words
from dispatch.plaintext import one_line
from intake.record import OrderRecord


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("dispatch", "templates"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters["broken"] = _broken
    return environment


def _broken(value: str) -> Markup:
    """Several lines for HTML: escaped, and broken where they break."""
    return Markup("<br>").join(value.split("\n")) if "\n" in value else escape(value)


@cache
def _template(language: str, name: str) -> Template:
    return _environment().get_template(f"{language}/{name}.j2")


def draft(
    purpose: Purpose,
    template: str,
    recipient: str,
    subject: str,
    words: Words,
    house: House,
    content: dict[str, Any],
    record: OrderRecord | None = None,
) -> Draft:
    """The letter `template` in the language of `words`; it answers the shipper's mail when it goes to the shipper."""
    subject = one_line(subject)
    everything = {"house": house, "words": words, "subject": subject, **content}
    answers = record is not None and recipient == record.shipper_address
    return Draft(
        purpose=purpose,
        recipient=recipient,
        subject=subject,
        text=_template(words.language, f"{template}.txt").render(everything),
        html=_template(words.language, f"{template}.html").render(everything),
        in_reply_to=record.message_id if record and answers else "",
        references=record.references if record and answers else (),
        language=words.language,
    )


def answering(letter: Draft, message_id: str) -> Draft:
    """The letter as an answer to a mail that is no order."""
    return replace(letter, in_reply_to=message_id)
