"""Other people's formats: pure functions from rows or records to text, one module a format."""

from __future__ import annotations

FORMATS = {"json": "publisher.standards.rows_json", "csv": "publisher.standards.rows_csv"}
"""Name of a format -> the module that writes it, loaded on demand."""
