"""The sync half of the pair: Django's own connections and transactions."""

IS_ASYNC = False
