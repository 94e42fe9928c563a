"""The door that time knocks at: background jobs."""
