"""What Chappe survives: real processes killed, frozen and cut off while a sink counts."""
