"""A program under way: what reaches it, and what comes after its end."""

from __future__ import annotations

import signal

from publisher.probe.process import Signals


def test_a_signal_after_the_end_of_the_program_is_for_us_however_soon_it_comes() -> None:
    signals = Signals()
    signals.pass_on(signal.SIGTERM, None)
    assert not signals.late
    signals.over()
    signals.pass_on(signal.SIGTERM, None)
    assert signals.late
    assert signals.received == ["SIGTERM", "SIGTERM"]
