"""Mail leaves by here: routes, connections, TLS with the operators that are dialled."""
