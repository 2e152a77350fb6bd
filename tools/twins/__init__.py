"""
Turn folders of asynchronous modules into their synchronous twins.

`rules` says what a source may not hold, `generate` makes the twins' text, `compare` finds and
mends the difference to what is on disk. `tools/unasync_build.py` is the command.
"""
