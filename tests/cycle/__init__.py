"""Requests of real clients to a real server: what they leave behind, and what they commit."""
