"""A site that does not show who made it, for double-blind review."""
