"""The hand-written pair: what really differs between the two modes, under the same names."""
