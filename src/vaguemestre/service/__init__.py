"""What the operator does: the only room in which a transaction opens. It owns the ports it needs."""
