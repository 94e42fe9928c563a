"""The demonstration: a real server, and its story played by ordinary client libraries."""
