"""Hold the programs that build, check and run this project; none of them is in the wheel."""
