"""Users of one tenant: who they are, their role, and the tokens that prove it."""
