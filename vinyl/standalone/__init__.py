"""Without a Django project: configuring, app labels, database URLs, the command line."""
