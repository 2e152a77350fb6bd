"""Pure parts of a query: compiling through Django, and turning rows into results. No I/O."""
