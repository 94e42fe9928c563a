"""Words: frozen values that every other room speaks with. Standard library only."""
