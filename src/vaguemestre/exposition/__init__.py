"""How the figures are written for whoever collects them."""
