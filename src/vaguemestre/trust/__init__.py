"""The trust list of the health mail space: read, verified, kept, fetched. domain.md §6."""
