"""What is wrong with the form of a sign-in. RFC 4422 §3.6."""


class SaslSyntaxError(ValueError):
    """These octets do not have the form of the mechanism; the sentence is for the client."""
