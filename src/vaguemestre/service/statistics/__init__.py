"""What took place, by month and domain: counted, told, given in whatever columns are asked for."""
