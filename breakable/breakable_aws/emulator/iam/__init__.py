"""Who may do what: signatures, roles, boundaries and policies."""
