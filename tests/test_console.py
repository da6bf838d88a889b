"""Progress of a batch: a line in a log, a running line in a terminal."""

import io

import pytest

from chartproof import console
from chartproof.batch import Progress
from chartproof.model import Evidence


@pytest.mark.parametrize(
    ("state", "seconds", "says"),
    [
        (Progress(), 0, "0 notes, 0 charts, 0 set aside, 0.0 notes/s"),
        (
            Progress(charts=240, notes=1200, notes_read=1200, set_aside=3, expected_notes=2400),
            60,
            "1,200 notes, 240 charts, 3 set aside, 20.0 notes/s, about 0:01:00 left",
        ),
        (
            Progress(charts=240, reused=200, notes=1200, notes_read=200, expected_notes=1201),
            100,
            "1,200 notes, 240 charts, 200 done before, 0 set aside, 2.0 notes/s, about 0:00:00 left",
        ),
        (Progress(charts=1, notes=9, notes_read=9, writing=True, expected_notes=9), 9, "1.0 notes/s, writing tables"),
    ],
)
def test_a_line_of_progress(state, seconds, says):
    assert console._progress_line(state, seconds).endswith(says)


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now


def test_a_log_gets_a_plain_line_now_and_then(monkeypatch, capsys):
    clock = Clock()
    monkeypatch.setattr(console, "time", clock)
    with console.progress() as tell:
        for second in range(25):
            clock.now = float(second)
            tell(Progress(charts=second, notes=second, notes_read=second))
    assert capsys.readouterr().err.splitlines() == [
        "10 notes, 10 charts, 0 set aside, 1.0 notes/s",
        "20 notes, 20 charts, 0 set aside, 1.0 notes/s",
    ]


def test_a_terminal_gets_a_running_line(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with console.progress() as tell:
        tell(Progress(charts=2, notes=9, notes_read=9, set_aside=1, expected_notes=20))
    assert "9 notes, 2 charts, 1 set aside" in terminal.getvalue()


def test_the_quote_shown_is_the_one_that_tells_most_of_what_was_found():
    def said(quote: str) -> Evidence:
        return Evidence(note="02_2024-04-02_procedure.txt", start=0, end=len(quote), quote=quote)

    quotes = [
        said("SIJ"),
        said("Contrast: Isovue-200, 0.5 mL"),
        said("R SI injection in April"),
        said("credits it with 80%"),
    ]
    shown = console._quote(quotes, "2024-04-02 right SI joint injection, relief 80%", {})
    assert shown.plain == "“credits it with 80%” 02_2024-04-02_procedure.txt (+3)"
    assert console._quote(quotes, "not documented", {}).plain.startswith("“SIJ”"), "of equals the first"
    assert console._quote([], "", {}).plain == ""
