"""Names of signals, also of those that Python has none for."""

from __future__ import annotations

import signal
import sys

import pytest

from publisher.probe.signal_names import signal_name


def test_a_signal_has_its_name() -> None:
    assert signal_name(signal.SIGTERM) == "SIGTERM"


@pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="the system has no real-time signals")
def test_every_real_time_signal_has_one() -> None:
    names = [signal_name(number) for number in range(signal.SIGRTMIN, signal.SIGRTMAX + 1)]
    assert (names[0], names[6], names[-1]) == ("SIGRTMIN", "SIGRTMIN+6", "SIGRTMAX")
    assert len(set(names)) == len(names)


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux keeps two for itself")
def test_one_without_a_name_has_its_number() -> None:
    assert signal_name(33) == "SIG33"
