"""Charts from files: one module an export format, and ``read_charts``, which finds out which format it is given."""

from chartproof.readers.charts import READERS, read_charts
from chartproof.readers.columns import BadColumns, parse_map
from chartproof.readers.request_yaml import RequestOverrides
from chartproof.readers.unreadable import Unreadable

__all__ = ["READERS", "BadColumns", "RequestOverrides", "Unreadable", "parse_map", "read_charts"]
