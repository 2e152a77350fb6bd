"""
Set up what this project needs on a machine that has Python and nothing else.

Only the standard library is used here: this runs before anything is installed. `probe` alone is run
by the virtual environment's Python, because it needs the drivers.
"""
