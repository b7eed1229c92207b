"""The parts of the documentation that are made from the code: every setting, every message.

python -m consign.handbook        writes them into docs/; a test compares
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from config.phrases import catalogue
from config.settings import Settings

BEGIN, END = "<!-- made by consign.handbook -->\n", "<!-- end of what was made -->\n"


def settings_tables() -> str:
    """All settings, a table for each section of consign.toml."""
    top = {name: field for name, field in Settings.model_fields.items() if _section(field) is None}
    return _table("top level", "", top) + "".join(_sections("", Settings.model_fields))


def _sections(prefix: str, fields: dict[str, FieldInfo]) -> Iterator[str]:
    """The table of each section among the fields, and of the sections inside it."""
    for name, field in fields.items():
        if section := _section(field):
            yield _table(f"[{prefix}{name}]", f"{prefix}{name}.", section.model_fields)
            yield from _sections(f"{prefix}{name}.", section.model_fields)


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """The table that a field holds, may hold (… | None) or holds many of (tuple)."""
    kinds = (field.annotation, *get_args(field.annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _table(title: str, prefix: str, fields: dict[str, FieldInfo]) -> str:
    lines = [f"### {title}", "", "| key | default | meaning |", "|---|---|---|"]
    for name, field in fields.items():
        lines.append(f"| `{prefix}{name}` | {_default(field)} | {field.description or ''} |")
    return "\n".join(lines) + "\n\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    value: Any = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}) or (isinstance(value, SecretStr) and not value.get_secret_value()):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(map(_item, value)) + "]`"
    return f"`{value}`"


def _item(item: Any) -> str:
    """One of several values, as TOML has it."""
    if isinstance(item, BaseModel):
        told = item.model_dump(exclude_defaults=True)
        return "{" + ", ".join(f'{key} = "{value}"' for key, value in told.items()) + "}"
    return f"{item:g}" if isinstance(item, float) else repr(item)


def messages_table() -> str:
    """Every problem and reason, with what it says and how it is mended."""
    lines = ["| code | 中文 | English | mend |", "|---|---|---|---|"]
    for code, texts in sorted(catalogue().items()):
        cells = (texts["zh"], texts["en"], texts.get("mend", ""))
        lines.append(
            f"| `{code}` | " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
        )
    return "\n".join(lines) + "\n"


ROOMS = ("config", "intake", "dispatch", "followup", "consign")


def rooms_tables() -> str:
    """Every file of every room with the first sentence that it says of itself."""
    text = ""
    for room in ROOMS:
        folder = Path(__file__).parent.parent / room
        text += f"### {room}\n\n{first_sentence(folder / '__init__.py')}\n\n| file | what it is |\n|---|---|\n"
        for file in sorted(folder.glob("*.py")):
            if file.name != "__init__.py":
                text += f"| `{file.name}` | {first_sentence(file)} |\n"
        text += "\n"
    return text


def first_sentence(file: Path) -> str:
    """The first paragraph of a module's docstring up to its first full stop, on one line."""
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(said.partition("\n\n")[0].split())
    return re.split(r"(?<=[^.A-Z0-9])\. (?=[A-Z])", paragraph)[0].rstrip(".").replace("|", "\\|")


def reports_tables() -> str:
    """Every report with the definitions of its figures, in both languages."""
    from followup.reports import words
    from followup.reports.catalogue import KINDS

    text = ""
    for kind in KINDS:
        name = kind.name
        text += f"### {words.title(name, 'zh')} · {words.title(name, 'en')} (`{name}`)\n\n"
        text += f"{words.about(name, 'zh')}\n{words.about(name, 'en')}\n\n| code | 中文 | English |\n|---|---|---|\n"
        for code in words.defined(name):
            zh, en = (
                f"**{words.name(name, code, language)}**: {words.definition(name, code, language)}"
                for language in words.LANGUAGES
            )
            text += f"| `{code}` | {zh} | {en} |\n"
        text += "\n"
    return text


def stages_tables() -> str:
    """The table of stages and moves of a shipment, with what each move needs."""
    from followup.stages import BY_ITSELF, MOVES, move_name, stage_name
    from followup.telling import NEEDS

    lines = ["| move | from | to | needs |", "|---|---|---|---|"]
    for move, way in MOVES.items():
        start = ", ".join(f"`{stage}` {stage_name(stage, 'zh')}" for stage in way.start)
        end = f"`{way.end}` {stage_name(way.end, 'zh')}" if way.end else "stays"
        needs = ", ".join(f"`{name}`" for name in NEEDS.get(move, ()))
        needs = "follows by itself" if move in BY_ITSELF else needs
        lines.append(f"| `{move}` {move_name(move, 'zh')} | {start} | {end} | {needs} |")
    return "\n".join(lines) + "\n\n" + _outcomes_table()


def _outcomes_table() -> str:
    """Every kind of task with what can be said of it."""
    from followup.agenda import TaskKind
    from followup.console.words import word
    from followup.outcomes import OUTCOMES

    lines = ["| task | outcomes |", "|---|---|"]
    for kind in TaskKind:
        said = ", ".join(f"`{rule.code}` {word(f'outcome_{rule.code}', 'zh')}" for rule in OUTCOMES[kind])
        lines.append(f"| `{kind}` {word(f'kind_{kind}', 'zh')} | {said} |")
    return "\n".join(lines) + "\n"


MADE = {
    "operating.md": settings_tables,
    "messages.md": messages_table,
    "house.md": rooms_tables,
    "reports.md": reports_tables,
    "journey.md": stages_tables,
}


def made_anew(text: str, made: str) -> str:
    """The page with its made part replaced. Raises ValueError when the page has no such part."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN.strip()} … {END.strip()}")
    return before + BEGIN + made + END + after


def pages(docs: Path) -> Iterator[tuple[Path, str]]:
    """Each page that has a made part, with the text that it should have."""
    for name, make in MADE.items():
        file = docs / name
        yield file, made_anew(file.read_text(encoding="utf-8"), make())


def main() -> None:
    for file, text in pages(Path(__file__).parent.parent / "docs"):
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
