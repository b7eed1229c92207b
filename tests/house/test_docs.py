"""Documentation fails like code: every setting and every message stands in it."""

from pathlib import Path

import pytest

from consign.cli import COMMANDS
from consign.handbook import pages, settings_tables

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["operating.md", "messages.md", "house.md", "reports.md", "journey.md"])
def test_the_made_part_of_a_page_is_up_to_date(page: str) -> None:
    file, text = next((file, text) for file, text in pages(ROOT / "docs") if file.name == page)
    assert file.read_text(encoding="utf-8") == text, "run: python -m consign.handbook"


def test_every_command_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"consign {name}" not in readme and name != "demo"] == []


def test_every_setting_has_its_meaning() -> None:
    rows = [line for line in settings_tables().splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if not row.split("|")[3].strip()] == []
