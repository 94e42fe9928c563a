"""The rules, one file a family. Each is a function whose docstring begins with its identifier."""
