"""Messages whose time has come: foreseen, announced, destroyed with their keys. domain.md §3."""
