"""Mail for other operators: queued, sent, kept up with, given up. domain.md §6."""
