"""A page in which people fly an exported policy: the world's rules and the network run in the browser."""
