"""The net below whoever steers the airspace: instructions are changed where a loss of separation is foreseen."""
