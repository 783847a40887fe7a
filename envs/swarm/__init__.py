"""Teams of discs that carry resources home, fight, and hold hives: five rooms."""
