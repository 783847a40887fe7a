"""Board games of two players by turns: five rooms."""
