"""Twilio Programmable Messaging: messages, callbacks, inbound texts, default opt-out management."""
