"""Many charts: from an export to tables, worksheets and what was set aside."""

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
