"""Every signal of this machine has a name, and each name leads back to its number."""

from __future__ import annotations

import signal
import sys

import pytest

from publisher.model.signals import signal_name, signal_number


@pytest.mark.parametrize("number", range(1, 65))
def test_a_name_leads_back_to_its_number(number: int) -> None:
    assert signal_number(signal_name(number)) == number


@pytest.mark.skipif(sys.platform != "linux", reason="real-time signals of Linux")
@pytest.mark.parametrize(
    ("number", "name"),
    [
        (9, "SIGKILL"),
        (34, "SIGRTMIN"),
        (40, "SIGRTMIN+6"),
        (49, "SIGRTMIN+15"),
        (50, "SIGRTMAX-14"),
        (64, "SIGRTMAX"),
    ],
)
def test_names_are_those_that_bash_prints(number: int, name: str) -> None:
    assert signal_name(number) == name


@pytest.mark.parametrize("name", ["", "SIG", "SIGNONE", "KILL", "raise_signal", "SIG_IGN", "SIGRTMIN+999x"])
def test_what_is_no_name_has_no_number(name: str) -> None:
    assert signal_number(name) is None


def test_pythons_own_names_stay() -> None:
    assert signal_name(signal.SIGTERM) == "SIGTERM"
