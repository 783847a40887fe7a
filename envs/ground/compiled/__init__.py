"""What worlds in compiled code stand on."""
