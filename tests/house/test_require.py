"""A server that is not installed: a failure on a CI machine, named as not run elsewhere."""

import pytest

from tests.servers import require


@pytest.mark.parametrize("value", ["true", "1"])
def test_on_ci_a_missing_server_is_a_failure(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.fail.Exception, match="apt-get install nothing-such"):
        require("no-such-binary", "nothing-such")


def test_elsewhere_it_is_skipped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-binary is not installed"):
        require("no-such-binary", "nothing-such")


def test_an_installed_one_is_found() -> None:
    assert require("sh", "dash").endswith("/sh")
