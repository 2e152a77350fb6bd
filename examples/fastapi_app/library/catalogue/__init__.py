"""Authors, books and loans."""
