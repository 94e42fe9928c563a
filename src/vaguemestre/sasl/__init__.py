"""Sign-in exchanges as SASL has them (RFC 4422): what a client's octets say. Nothing is judged here."""
