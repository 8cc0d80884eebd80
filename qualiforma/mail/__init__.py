"""Mail: written when it is sent, from ids; queued with what caused it, tried until it arrives."""
