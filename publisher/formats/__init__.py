"""What is in a file: its content without what its writer adds, its numbers, its pixels. One module a format."""
