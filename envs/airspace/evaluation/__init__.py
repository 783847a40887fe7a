"""What is measured of flights, and departures from scenarios to test with."""
