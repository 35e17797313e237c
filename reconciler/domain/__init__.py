"""The nouns of the program as frozen records: what is desired, what is live, and what lies between."""
