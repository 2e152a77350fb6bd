"""The one app of the atlas example: continents, countries, cities and their names."""
