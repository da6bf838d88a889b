"""Many charts: from an export to tables, worksheets and what was set aside."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chartproof.batch.local import Limits, WorkerError
    from chartproof.batch.outputs import ChartOutcome
    from chartproof.batch.process import ChartProcess, Done, Failed, Options
    from chartproof.batch.run import Progress, Summary, run_batch

__all__ = [
    "ChartOutcome",
    "ChartProcess",
    "Done",
    "Failed",
    "Limits",
    "Options",
    "Progress",
    "Summary",
    "WorkerError",
    "run_batch",
]

_MODULES = {
    "local": ("Limits", "WorkerError"),
    "outputs": ("ChartOutcome",),
    "process": ("ChartProcess", "Done", "Failed", "Options"),
    "run": ("Progress", "Summary", "run_batch"),
}


def __getattr__(name: str) -> Any:
    # To score one chart takes `process` alone; the libraries that write tables take a third of a second to import.
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
