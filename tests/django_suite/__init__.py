"""Django's own test suite, its database access done by vinyl's twins; see CONTRIBUTING.md."""
