"""The composition root: settings become adapters, services and doors."""
