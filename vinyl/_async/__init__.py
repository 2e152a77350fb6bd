"""The ORM's logic that does I/O, written once; `vinyl/_sync` is generated from this folder."""
