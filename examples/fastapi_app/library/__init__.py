"""A library, as a FastAPI application on vinyl."""
