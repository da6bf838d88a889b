"""Charts from files: one module a form of chart, and ``read_charts``, which finds out which form it is given."""

from chartproof.readers.charts import read_charts
from chartproof.readers.request_yaml import RequestOverrides
from chartproof.readers.unreadable import Unreadable

__all__ = ["RequestOverrides", "Unreadable", "read_charts"]
