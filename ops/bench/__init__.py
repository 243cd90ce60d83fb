"""How fast Chappe is, measured on real services."""
