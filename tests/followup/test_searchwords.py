"""Which words an order is found by, and which a question holds."""

import pytest

from followup.searchwords import PHONE, Question, address_words, pairs, phone_word, question_of, words_of
from tests.builders import form


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("13800138001", "#10083100831"),
        ("+86 138-0013-8001", "#1008310083168"),
        ("021-62345678", "#87654326120"),
        ("１３８００１３８００１", "#10083100831"),
        ("12", ""),
        ("", ""),
    ],
)
def test_a_phone_is_kept_backwards(number: str, word: str) -> None:
    assert phone_word(number) == word


def test_the_last_digits_are_the_beginning_of_the_word() -> None:
    assert phone_word("021-62345678").startswith(phone_word("62345678"))
    assert phone_word("+86 13800138001").startswith(phone_word("138 0013 8001"))


def test_chinese_is_kept_in_pairs_and_latin_whole() -> None:
    assert pairs("精工机械 ABC-12 丁") == ["精工", "工机", "机械", "abc", "12", "丁"]
    assert pairs("") == []


def test_an_address_is_kept_from_its_street_on() -> None:
    assert address_words("上海市徐汇区漕溪北路88号")[:3] == ["漕溪", "溪北", "北路"]
    assert "上海" not in address_words("上海市徐汇区漕溪北路88号")
    assert len(address_words("上海市徐汇区" + "漕溪北路" * 20)) == 14


def test_an_order_is_found_by_people_places_goods_and_phones() -> None:
    words = words_of(form(), "Wang@Shipper.example")
    assert {"王建", "建国", "李晓", "南京", "杭州", "五金", "wang@shipper.example", PHONE + "10083100831"} <= words
    assert len(words) < 40


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("20261124-0001", Question(number="20261124-0001", phone="#100042116202")),
        ("8001", Question(number="8001", phone="#1008")),
        ("(021) 6234 5678", Question(phone="#87654326120")),
        ("+86 13800138001", Question(phone="#10083100831")),
        ("王建国", Question(words=("王建", "建国"))),
        ("wang@shipper.example", Question(words=("wang@shipper.example",))),
        ("  ", Question()),
        ("12", Question()),
    ],
)
def test_a_question_is_understood(text: str, question: Question) -> None:
    assert question_of(text) == question
    assert question.empty == (question == Question())
