"""How good the software is: charts with gold, and phenomena with their right reading.

    report = evaluate_charts(Path("corpora/dev"), split="tune")
    report.splits["tune"].overall.f1

From a shell, ``python -m chartproof.evaluate corpora/dev --split tune`` prints the table.
"""

from chartproof.evaluate.charts import Report, evaluate_charts
from chartproof.evaluate.phenomena import Phenomenon, load_phenomena, run_phenomenon
from chartproof.evaluate.render import error_list, tables

__all__ = ["Phenomenon", "Report", "error_list", "evaluate_charts", "load_phenomena", "run_phenomenon", "tables"]
