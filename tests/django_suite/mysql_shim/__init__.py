"""Django's MySQL backend, put on a connection of aiomysql."""
