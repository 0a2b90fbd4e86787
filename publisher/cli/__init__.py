"""The door for people and scripts: arguments, words on the terminal, exit codes."""
