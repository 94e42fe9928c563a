"""What differs between SQLite and PostgreSQL: connections, placeholders, locks, errors."""
