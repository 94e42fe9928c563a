"""The database: tables, lanes, statements. Rows stop here."""
