"""What happens within a step, in compiled code: motion, separation, entries, what is seen and paid."""
