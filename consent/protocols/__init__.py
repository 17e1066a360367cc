"""How other organisations send privacy requests: OpenDSR 2.0 and Data Rights Protocol 1.0, as who receives them."""
