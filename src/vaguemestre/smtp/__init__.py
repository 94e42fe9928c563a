"""The language of RFC 5321, without input or output: grammar, parameters, end of data."""
