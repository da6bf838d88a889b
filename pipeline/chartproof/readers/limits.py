"""How much a reader takes before it sets something aside. All are far above what an export of notes holds.

They keep time and memory bounded whatever a file holds: a cell, row or document beyond them is never loaded whole.
"""

MAX_NOTE_CHARS = 20_000_000
"""Characters of one cell or note, bytes of one text file."""

MAX_ROW_CHARS = 40_000_000
"""Characters of one row of a table or one line of JSON. Base64 in FHIR takes a third more than what it holds."""

MAX_DOCUMENT_BYTES = 100_000_000
"""Bytes of a PDF, DOCX, RTF, HTML or XML file, or of a FHIR Bundle."""

MAX_UNPACKED_BYTES = 200_000_000
"""Bytes of a DOCX once unpacked."""

MAX_PACKED_RATIO = 200
"""How many times its size a gzip file may unpack to. Text packs to a fifth, repetitive tables to a fiftieth."""

MAX_PAGES = 3_000
MAX_COLUMNS = 5_000
MAX_HEADER_CHARS = 1_000_000
MAX_ID_CHARS = 200

MAX_CHART_NOTES = 20_000
MAX_CHART_CHARS = 100_000_000
"""Notes and characters of one chart, which has to be in memory as a whole."""

MAX_BINARIES = 5_000_000
"""Binary resources of a FHIR export whose places are kept, about 200 bytes each."""

SPILL_CHARS = 64_000_000
"""Characters of notes that are held in memory to be grouped by patient; what is more goes to the work folder."""

CONVERT_SECONDS = 60
CONVERT_BYTES = 2_000_000_000
"""Processor time and address space for one document in the process that converts it."""

CONVERT_WALL = 10
"""How many times the processor time a document may take by the clock, on a machine that has other work."""
