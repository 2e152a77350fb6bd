"""Connections and transactions under cancellation, kills and dead networks; asynchronous only."""
