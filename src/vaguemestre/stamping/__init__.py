"""The time-stamping authority outside: asked and believed here, behind service's port."""
