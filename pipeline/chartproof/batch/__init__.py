"""Many charts: from an export to cases.jsonl, worksheets and quarantine.jsonl."""

from chartproof.batch.process import ChartProcess, Done, Failed, Options
from chartproof.batch.run import ChartOutcome, Summary, run_batch

__all__ = ["ChartOutcome", "ChartProcess", "Done", "Failed", "Options", "Summary", "run_batch"]
