"""What the services need from others, said here as Protocols and made by the adapters."""
