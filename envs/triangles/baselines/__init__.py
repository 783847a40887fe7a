"""Rules that lay shapes, to be compared with."""
