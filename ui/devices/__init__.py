"""What can compute on this machine, and why something else can't."""
