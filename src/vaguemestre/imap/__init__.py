"""The language of RFC 9051 and RFC 3501, without input or output: frames, grammar, states, views."""
