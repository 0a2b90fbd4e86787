"""Our eyes: git, files, processes, the machine. They look and decide nothing."""
