import threading

from dispatch.doubt import CALM_SECONDS, Doubt


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_letter_is_in_doubt_while_there_is_no_backlog() -> None:
    assert Doubt(4).allowed() == 1


def test_a_backlog_that_lasts_opens_all_connections() -> None:
    clock = Clock()
    doubt = Doubt(4, clock)
    doubt.note_backlog(True)
    allowed = []
    for second in range(4):
        clock.now = 100.0 + second
        doubt.note_backlog(True)
        allowed.append(doubt.allowed())
    assert CALM_SECONDS == 2.0
    assert allowed == [1, 1, 4, 4]
    doubt.note_backlog(False)
    assert doubt.allowed() == 1


def test_the_next_courier_goes_when_the_first_letter_is_in_the_book() -> None:
    doubt = Doubt(4)
    doubt.enter()
    entered = threading.Event()

    def courier() -> None:
        doubt.enter()
        entered.set()

    thread = threading.Thread(target=courier)
    thread.start()
    doubt.leave()
    assert entered.wait(5)
    thread.join()
    assert doubt.inside == 1


def test_a_server_that_is_slow_holds_up_nobody_for_long() -> None:
    doubt = Doubt(2)
    doubt.enter()
    doubt.enter()
    assert doubt.inside == 2
