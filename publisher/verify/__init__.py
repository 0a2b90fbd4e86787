"""Re-runs of records, and how what comes out compares with what was recorded."""
