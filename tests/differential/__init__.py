"""The same requests to the real OpenBao and to Stateward, and what is different about the answers."""
