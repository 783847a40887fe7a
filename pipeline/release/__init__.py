"""What may follow the champion: judged, promoted, verified."""
