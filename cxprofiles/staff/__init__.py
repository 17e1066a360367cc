"""Those who work here: their accounts, roles, sessions and sign-ins."""
