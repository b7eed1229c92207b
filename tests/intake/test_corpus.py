"""The forty example mails, read exactly."""

import json
from pathlib import Path

import pytest

from intake.understanding import as_json, understand
from tests.intake.comparing import RULES, differences

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
MAILS = sorted(CORPUS.glob("*.eml"))


def test_the_corpus_is_complete() -> None:
    assert len(MAILS) == 40


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_example_mail_is_read_as_a_person_reads_it(mail: Path) -> None:
    expected = json.loads(mail.with_suffix(".json").read_text(encoding="utf-8"))
    read = json.loads(json.dumps(as_json(understand(mail.read_bytes(), RULES))))
    assert differences(expected, read) == []


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_every_value_carries_the_words_it_was_read_from(mail: Path) -> None:
    read = understand(mail.read_bytes(), RULES)
    lines = {
        (block.part, block.first_line + n): line for block in read.message.blocks for n, line in enumerate(block.lines)
    }
    for order in read.orders:
        for name, origin in order.origins.items():
            assert lines[(origin.part, origin.line)][origin.start : origin.end] == origin.words, name
