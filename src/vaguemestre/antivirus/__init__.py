"""The scanner that an operator may run beside: spoken to here, behind service's port."""
