"""Aircraft at one flight level: five rooms, and the simulator outside."""
