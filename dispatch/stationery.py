"""Puts words on paper: a letter's text and HTML from the templates of its language, compiled once.

A name that is not known in a template is an error (StrictUndefined), values are never templates themselves, and all
values are escaped in HTML.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from dispatch.draft import Draft, Purpose
from dispatch.letterhead import House, Words
from dispatch.particulars import Line
from dispatch.plaintext import one_line
from intake.record import OrderRecord

SECTION = Markup('<p style="margin:18px 0 4px;padding:0 8px;font-size:15px;font-weight:bold;color:#123a5e">{}</p>\n')


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
    environment.globals = {}  # none of jinja's are used, and they would be copied for each letter
    environment.filters |= {"broken": _broken, "section": _section, "lines": _lines}
    parts = environment.get_template("shared/parts.html.j2").module
    environment.filters |= {name: getattr(parts, name) for name in ("rows", "charges", "box", "form")}
    return environment


def _section(words: str) -> Markup:
    """The heading of a section of HTML; where the words stand in the template it is made once, with the template."""
    return SECTION.format(words)


def _lines(items: Iterable[Line], words: Words) -> str:
    """Labelled lines of plain text; those that a revision changed are marked, and tell their old value."""
    return "\n".join([_labelled(line, words.colon) for line in items])


def _labelled(line: Line, colon: str) -> str:
    label, value, was, _, note = line
    value = value.replace("\n", "\n      ")
    note = f"  ({note})" if note else ""
    if was is not None:
        was = was.replace("\n", " ")
        return f"★ {label}{colon}{was} → {value}{note}"
    return f"  {label}{colon}{value}{note}"


def _broken(value: str) -> str:
    """Several lines for HTML, broken where they break; one line is as any other value."""
    return Markup("<br>").join(value.split("\n")) if "\n" in value else value


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
