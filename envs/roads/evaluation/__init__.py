"""What is measured of drives, and departures from scenarios to test with."""
