"""Can this work be re-run, and does it match? The page that answers it, and the badge, as plain data."""
