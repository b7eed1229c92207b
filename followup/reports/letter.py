"""A report as a letter: the figures and the first rows in the mail itself, the whole of it attached. Pure."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from dispatch.draft import Draft, Paper, Purpose
from followup.reports.drawing import drawings
from followup.reports.report import Report
from followup.reports.speaking import Speaker

ROWS = 25  # of a table in the mail itself
TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf"}


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("followup.reports"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def report_letter(report: Report, speaker: Speaker, house: str, recipient: str, form: str) -> Draft:
    """The draft; `form`: "html" for the mail alone, "xlsx" or "pdf" with that attached.

    Without a Chinese font the workbook stands in for the paper.
    """
    title, period = speaker.title(report.name), speaker.period(report.period)
    content = {
        "report": report,
        "speaker": speaker,
        "house": house,
        "title": title,
        "period": period,
        "rows": ROWS,
        "pictures": {drawing.table: drawing for drawing in drawings(report, speaker)},
        "moment": report.period.as_of.astimezone(speaker.zone).strftime("%Y-%m-%d %H:%M"),
    }
    papers = _papers(report, speaker, house, form)
    return Draft(
        Purpose.REPORT,
        recipient,
        speaker.word("mail_subject", title=title, period=period),
        _environment().get_template("letter.txt.j2").render(content, attached=bool(papers)),
        _environment().get_template("letter.html.j2").render(content, attached=bool(papers)),
        papers=papers,
        language=speaker.language,
    )


def _papers(report: Report, speaker: Speaker, house: str, form: str) -> tuple[Paper, ...]:
    if form == "html":
        return ()
    from followup.reports.paper import NoFont, pdf_of  # heavy: a daemon starts without them
    from followup.reports.workbook import xlsx_of

    try:
        octets = pdf_of(report, speaker, house) if form == "pdf" else xlsx_of(report, speaker)
    except NoFont:
        form, octets = "xlsx", xlsx_of(report, speaker)
    return (Paper(f"{speaker.title(report.name)} {report.period.key}.{form}", TYPES[form], octets),)
