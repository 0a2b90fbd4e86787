"""What a run was: plain frozen values. No disk, no git, no clock."""
