"""What worlds do alike whose many episodes are stepped by compiled code: their records, batches and first rooms."""
