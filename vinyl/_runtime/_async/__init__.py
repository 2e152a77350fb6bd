"""The async half of the pair: natively asynchronous drivers, pools and transactions."""

IS_ASYNC = True
