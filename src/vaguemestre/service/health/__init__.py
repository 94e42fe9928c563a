"""How the service is: what was counted, what stands now, whether clients may come."""
