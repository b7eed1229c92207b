import threading

from config.pen import Pen

LONG = 20.0


def test_who_asked_first_has_it_first() -> None:
    pen, order = Pen(), list[int]()
    assert pen.take(LONG)
    asked: list[threading.Thread] = []

    def write(number: int) -> None:
        assert pen.take(LONG)
        order.append(number)
        pen.lay_down()

    for number in range(5):
        thread = threading.Thread(target=write, args=(number,))
        thread.start()
        asked.append(thread)
        while len(pen._waiting) <= number:  # it has asked
            thread.join(0.001)
    pen.lay_down()
    for thread in asked:
        thread.join(LONG)
    assert order == [0, 1, 2, 3, 4]
    assert pen.take(0)


def test_who_lays_it_down_does_not_get_it_back_before_those_who_wait() -> None:
    pen = Pen()
    assert pen.take(LONG)
    had = threading.Event()

    def write() -> None:
        assert pen.take(LONG)
        had.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not pen._waiting:
        thread.join(0.001)
    pen.lay_down()
    assert not pen.take(0)
    assert had.wait(LONG)
    thread.join(LONG)


def test_waiting_in_vain_leaves_no_trace() -> None:
    pen = Pen()
    assert pen.take(LONG)
    assert not pen.take(0.01)
    pen.lay_down()
    assert pen.take(0)
