"""One thread per person over texts, e-mails and web chat; assistant and staff never speak at once."""
