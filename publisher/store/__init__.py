"""Our memory: records, environments and artifacts on disk, and an index that may be deleted at any time."""
