"""One module per group of commands; each is loaded when it is called."""
