"""What is wrong with the form of a sign-in. RFC 4422 §3.6."""


class SaslSyntaxError(ValueError):
    """These octets do not have the form of the mechanism; the sentence is for the client."""


class ActsForAnotherError(SaslSyntaxError):
    """The client signs in as one and wants to act as another, which nobody may here."""

    def __init__(self) -> None:
        super().__init__("Nobody acts for somebody else here")
