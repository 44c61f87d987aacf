"""How the sandbox plays the vendors' OAuth: consent page, token end point, device page, revocation. No real account behind it."""
