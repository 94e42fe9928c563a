"""The door of the address book: mail programs search the directory by LDAP, and change nothing."""
