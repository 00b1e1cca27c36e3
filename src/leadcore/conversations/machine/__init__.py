"""One turn of the assistant, from the question to the transcript, whatever the models do."""
