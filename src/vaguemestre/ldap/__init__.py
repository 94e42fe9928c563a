"""The language of LDAP, as far as an address book speaks it: octets to requests, answers to octets. Pure."""
